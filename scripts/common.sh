# common.sh: what scripts/bench and scripts/test share: install what is missing, and build. Sourced, not run.

say() { printf '\n== %s\n' "$*"; }

have() { command -v "$1" >/dev/null 2>&1; }

have_header() { printf '#include <%s>\n' "$1" | "${CC:-cc}" -E - >/dev/null 2>&1; }

# Not through a pipe: grep -q leaves early, and pipefail takes the other end's SIGPIPE for a failure.
have_library() {
  local list
  list=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null) || return 1
  grep -q "$1" <<<"$list"
}

have_opencl_driver() { ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; }

have_nvidia_gpu() { have nvidia-smi && [[ $(nvidia-smi -L 2>/dev/null) == GPU* ]]; }

have_nvcc() { have nvcc || [ -x "${CUDACXX:-/usr/local/cuda/bin/nvcc}" ]; }

# install_missing PACKAGE...: with apt, as root or through sudo. What cannot be installed is named; the build decides whether it can do without.
install_missing() {
  [ "$#" -gt 0 ] || return 0
  local as_root=''
  if [ "$(id -u)" -ne 0 ]; then
    if have sudo && sudo -n true 2>/dev/null; then as_root='sudo'; elif have sudo && [ -t 0 ]; then as_root='sudo'; else as_root='no'; fi
  fi
  if [ "$as_root" = no ] || ! have apt-get; then
    say "Not installed here: $*. As root: apt-get install $*"
    return 0
  fi
  say "Installing $*"
  if ! { $as_root apt-get -qq update && $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@" >/dev/null; }; then
    say "apt-get could not install all of: $*. Going on without"
  fi
}

# missing_packages: what a build, the programs and an OpenCL device on any machine need.
missing_packages() {
  have "${CC:-cc}" || printf 'gcc libc6-dev\n'
  have cmake || printf 'cmake\n'
  have ninja || printf 'ninja-build\n' # builds sooner than make
  have_header CL/cl.h || printf 'opencl-headers\n'
  have_library 'libOpenCL\.so\.1' || printf 'ocl-icd-libopencl1\n'
  have_opencl_driver || printf 'pocl-opencl-icd\n'
  # A machine with an NVIDIA driver and no compiler for it would be benchmarked without CUDA.
  if have_nvidia_gpu && ! have_nvcc; then printf 'nvidia-cuda-toolkit\n'; fi
}

# configure PRESET OPTION...: build/PRESET, for one GPU architecture: this machine's, or Hopper's where it has none.
configure() {
  local tool preset=$1
  shift
  for tool in cmake "${CC:-cc}"; do
    have "$tool" || { say "$tool is needed, and is not here. All that a build needs: apt-get install gcc libc6-dev cmake ninja-build"; exit 1; }
  done
  have ninja || have make || { say "ninja or make is needed, and neither is here: apt-get install ninja-build"; exit 1; }
  local generator=() # a tree that is there keeps its own
  if [ ! -e "build/$preset/CMakeCache.txt" ] && have ninja; then generator=(-G Ninja); fi
  local architecture=90
  have_nvidia_gpu && architecture=native
  say "Configuring build/$preset"
  cmake --preset "$preset" "${generator[@]}" -DCMAKE_CUDA_ARCHITECTURES="${CUDAARCHS:-$architecture}" "$@"
}

# build PRESET ARGUMENT...
build() {
  local preset=$1
  shift
  say "Building build/$preset"
  cmake --build "build/$preset" --parallel "$(nproc)" "$@"
}
