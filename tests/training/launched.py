"""Scripts in several processes, as torchrun starts them."""

import os
import socket
import subprocess
import sys
import textwrap


def launch(*command, size=2):
    """Run a command in several processes, as torchrun does; return what they wrote."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={
                **os.environ,
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "WORLD_SIZE": str(size),
                "MASTER_ADDR": "127.0.0.1",
                "MASTER_PORT": str(port),
                "OMP_NUM_THREADS": "1",
            },
        )
        for rank in range(size)
    ]
    return [(each.communicate(timeout=300)[0], each.returncode) for each in started]


def launch_code(code):
    return launch("-c", textwrap.dedent(code))
