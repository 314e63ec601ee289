
def=2
@(
("e}
}
)

xxxx({t:'',
//xxxxx://}{
/h't
xxx'
/})

 xxxx(
xxxxxxxxx'
})

 next
})

xxxxxxxxxxxx.xxxxxxx.ab1},
 xxxxxxxxx:{$xxx:'$xxx