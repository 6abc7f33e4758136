"""Has cloud-init itself write the status of a boot that went on in spite of an error.

Arguments: the folder of cloud-init's Python packages, one of what these need, and one for status.json and result.json.
"""

import argparse
import logging
import sys
from types import SimpleNamespace

packages, needed, folder = sys.argv[1:]
sys.path[:] = [packages, *sys.path, needed]

from cloudinit.cmd import main  # noqa: E402
from cloudinit.log import loggers  # noqa: E402

logging.getLogger().addHandler(loggers.LogExporter())
main.read_cfg_paths = lambda: SimpleNamespace(get_cpath=lambda _: folder, run_dir=folder + "/links")


def stage(name, mode, result):
    def work(*_):
        if mode == "config":
            logging.getLogger("cloudinit.config").warning("a key of the configuration is deprecated")
        return result

    main.status_wrapper(name, argparse.Namespace(action=(name, work), local=False, mode=mode))


stage("init", None, ("DataSourceNoCloud", []))
stage("modules", "config", [])
stage("modules", "final", [])
