"""The bot's process.

What only training needs is left out, and the code that is being loaded is noted, before anything else is
imported.
"""

from signpost.learning.loaded_code import code_hash
from signpost.serving.logs import leave_out_warnings
from signpost.serving.process_memory import leave_freeing_to_glibc
from signpost.serving.runtime.inference_only import leave_out_training

if __name__ == "__main__":
    leave_freeing_to_glibc()
    code_hash()
    leave_out_warnings()
    leave_out_training()
    from signpost.serving.app import main

    main()
