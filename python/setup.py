"""Builds ramp_torch's extension against the torch that is here, and finds or builds libramp. README.md, "Installation", lists the variables that it reads."""
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

here = Path(__file__).resolve().parent
repository = here.parent


def stop(message):
    sys.exit("\nramp_torch cannot be built: " + message + "\n")


try:
    import torch
    from torch.utils.cpp_extension import BuildExtension, CppExtension
except ImportError as error:
    stop(f"torch cannot be imported ({error}). Install it first, then: pip install --no-build-isolation ./python\n"
         "Without --no-build-isolation pip hides the torch that is installed.")
from setuptools import setup


def say(message):
    print("ramp_torch:", message, file=sys.stderr, flush=True)


def header_version(include):
    text = (Path(include) / "ramp" / "ramp.h").read_text()
    return ".".join(re.search(rf"#define RAMP_VERSION_{part} (\d+)", text).group(1) for part in ("MAJOR", "MINOR", "PATCH"))


def pkg_config(*arguments):
    try:
        return subprocess.run(["pkg-config", *arguments, "ramp"], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def find_installed():
    """(include folder, folder of libramp.so) of an installed libramp; None where there is none."""
    named = os.environ.get("RAMP_PREFIX")
    prefixes = [named] if named else [p for p in re.split("[:;]", os.environ.get("CMAKE_PREFIX_PATH", "")) if p]
    for prefix in map(Path, prefixes):
        for lib in (prefix / "lib", prefix / "lib64", *prefix.glob("lib/*-linux-gnu")):
            if (lib / "libramp.so").exists() and (prefix / "include/ramp/ops.def").exists():
                return prefix / "include", lib
    if named:
        stop(f"RAMP_PREFIX is {named}, which has no include/ramp/ops.def with a lib/libramp.so. "
             f"Build one there with: cmake --install build/release --prefix {named}")
    if pkg_config("--modversion"):
        include, lib = pkg_config("--variable=includedir"), pkg_config("--variable=libdir")
        if Path(include, "ramp/ops.def").exists() and Path(lib, "libramp.so").exists():
            return Path(include), Path(lib)
    return None


def run(*command):
    say(" ".join(map(str, command)))
    if subprocess.run(list(map(str, command)), stdout=sys.stderr).returncode != 0:
        stop(f"this failed: {' '.join(map(str, command))}\nIts messages are above (pip shows them with -v).")


def build_library():
    """Build libramp from the repository, and put it into the package."""
    if not (repository / "include/ramp/ops.def").exists():
        stop(f"{repository} is not ramp's repository, and there is no libramp installed. Install from a checkout (pip install --no-build-isolation ./python), "
             "or name an installed libramp: RAMP_PREFIX=/usr/local")
    if not shutil.which("cmake"):
        stop("libramp is built with cmake, which is not here. Debian, Ubuntu: apt-get install cmake gcc make; "
             "or name an installed libramp: RAMP_PREFIX=/usr/local")
    build = here / "build" / "libramp"
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DRAMP_TESTS=OFF", "-DRAMP_PROGRAMS=OFF", "-DBUILD_SHARED_LIBS=ON"]
    if torch.version.cuda is None:  # this torch makes no CUDA tensors
        options.append("-DRAMP_CUDA=OFF")
    elif os.environ.get("CUDAARCHS"):
        options.append(f"-DCMAKE_CUDA_ARCHITECTURES={os.environ['CUDAARCHS']}")
    elif torch.cuda.is_available():
        options.append("-DCMAKE_CUDA_ARCHITECTURES=native")
    options += os.environ.get("RAMP_CMAKE_ARGS", "").split()
    run("cmake", "-S", repository, "-B", build, *options)
    jobs = os.environ.get("MAX_JOBS") or str(len(os.sched_getaffinity(0)))
    run("cmake", "--build", build, "--target", "ramp", "--parallel", jobs)
    # One file, under the name by which the extension asks for it.
    (built,) = [path for path in build.glob("libramp.so.*") if re.fullmatch(r"libramp\.so\.\d+", path.name)]
    for old in (here / "ramp_torch").glob("libramp.so*"):
        old.unlink()
    shutil.copy(built.resolve(), here / "ramp_torch" / built.name)
    return repository / "include", here / "ramp_torch", built.name


class Build(BuildExtension):
    """libramp first, so that nothing is built for `pip` to only read the metadata."""

    def build_extensions(self):
        found = find_installed()
        if found:
            include, lib = found
            say(f"libramp {header_version(include)} of {lib}")
            name, rpath = "-lramp", str(lib)
        else:
            include, lib, soname = build_library()
            say(f"libramp {header_version(include)} built from {repository}")
            name, rpath = f"-l:{soname}", "$ORIGIN"
            if not self.inplace:
                target = Path(self.build_lib) / "ramp_torch"
                target.mkdir(parents=True, exist_ok=True)
                shutil.copy(lib / soname, target / soname)
        for extension in self.extensions:
            extension.include_dirs.insert(0, str(include))
            extension.extra_link_args += [f"-L{lib}", name, f"-Wl,-rpath,{rpath}"]
        super().build_extensions()


sources = ["library", "autograd", "compute", "devices", "second", "transforms"]  # the longest to compile first
if (Path(sysconfig.get_paths()["include"]) / "Python.h").exists():
    sources.append("python")
else:
    say("Python.h is not here: a call will take a microsecond more, through torch.ops. Debian, Ubuntu: apt-get install python3-dev")

if (repository / "include/ramp/ramp.h").exists():
    version = header_version(repository / "include")
else:
    version = header_version((find_installed() or stop("this is no checkout of ramp, and no libramp is installed: RAMP_PREFIX names one"))[0])

setup(
    version=version,
    ext_modules=[CppExtension("ramp_torch._C", [f"csrc/{name}.cpp" for name in sources], extra_compile_args=["-O2", "-fvisibility=hidden", "-g0"])],
    cmdclass={"build_ext": Build},
)
