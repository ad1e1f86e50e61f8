"""L2: how well the bot understands and answers, measured."""
