"""What tests of the real process share: engines that run, sites they run, and peers that talk to them."""
