#![no_main]
cerebro_fuzz::target!(external);
