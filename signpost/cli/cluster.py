"""`make cluster`: nginx, bots, action servers and Redis on this machine, as deploy/ has them on several."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from signpost.cli.command import command
from signpost.deployment.cluster import Cluster
from signpost.learning.registry import models_folder
from signpost.learning.training.train import model_to_run
from signpost.processes import stop_on_sigterm
from signpost.settings import whole_number


@command
def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    stop_on_sigterm()
    with tempfile.TemporaryDirectory(prefix="signpost-cluster-") as folder:
        model_to_run()
        cluster = Cluster(
            Path(folder),
            bots=whole_number("BOTS", 2, 16),
            port=whole_number("PORT", 5005, 65535),
            settings={"SIGNPOST_MODELS": str(models_folder())},
        )
        with cluster:
            print(f"Signpost MK runs as a cluster: {cluster.address}/chat")
            for service in cluster.services.values():
                print(f"  {service.name:<28} process {service.pid}")
            print("Ctrl-C ends all of it.", flush=True)
            while True:
                time.sleep(3600)
    return 0


if __name__ == "__main__":
    sys.exit(main())
