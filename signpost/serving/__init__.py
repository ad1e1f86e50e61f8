"""What the bot process does between the channel and the trained model: Rasa's processor, made light."""
