"""`make bench`: how fast this bot is beside Rasa's own starter bot, on the same machine in the same run."""
