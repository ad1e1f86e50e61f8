"""The bot's process. What only training needs is left out before anything else is imported."""

from signpost.serving.runtime.inference_only import leave_out_training

if __name__ == "__main__":
    leave_out_training()
    from signpost.serving.app import main

    main()
