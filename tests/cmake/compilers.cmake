# One compiler at one optimisation level: the CPU backend is built with it, and must give the bits of tests/bits.txt on every instruction set
# that this processor has. With -Ofast it must not build at all. COMPILER: gcc, clang. LEVEL: -O2, or several options. TRIPLET: where it builds for
# another processor, which qemu then plays: aarch64-linux-gnu.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)

find_program(compiler ${COMPILER})
if(NOT compiler)
  message("SKIPPED: ${COMPILER} is not installed")
  return()
endif()
set(target "")
set(emulator "")
string(REGEX REPLACE "-.*" "" processor "${TRIPLET}")
cmake_host_system_information(RESULT host QUERY OS_PLATFORM)
if(TRIPLET AND NOT processor STREQUAL host)
  find_program(qemu NAMES qemu-${processor} qemu-${processor}-static)
  find_path(libraries lib/libc.so.6 PATHS /usr/${TRIPLET} /usr/${TRIPLET}/sys-root NO_DEFAULT_PATH)
  if(NOT qemu OR NOT libraries)
    message("SKIPPED: no qemu-${processor}, or no C library for it (Debian and Ubuntu: apt-get install qemu-user gcc-${TRIPLET})")
    return()
  endif()
  set(target -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=${processor} -DCMAKE_C_COMPILER_TARGET=${TRIPLET})
  set(emulator ${qemu} -L ${libraries})
endif()

string(MAKE_C_IDENTIFIER "${COMPILER}${TRIPLET}${LEVEL}" folder)
set(folder ${WORK}/compilers/${folder})
# configure(<options>...): the level comes last, after the -O3 that cmake/Cpu.cmake asks for.
function(configure)
  file(REMOVE_RECURSE ${folder})
  run(ignored 0 ${CMAKE_COMMAND} -S ${SOURCE} -B ${folder} -G ${GENERATOR} -DCMAKE_C_COMPILER=${compiler} ${target} -DRAMP_CUDA=OFF -DRAMP_OPENCL=OFF
      -DRAMP_PROGRAMS=OFF -DBUILD_SHARED_LIBS=OFF -DRAMP_WERROR=OFF -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE= ${ARGN})
endfunction()
# In the place of CMake's own rule, which has nothing after <FLAGS>.
set(last "-DCMAKE_C_COMPILE_OBJECT=<CMAKE_C_COMPILER> <DEFINES> <INCLUDES> <FLAGS> ${LEVEL} -o <OBJECT> -c <SOURCE>")
set(build ${CMAKE_COMMAND} --build ${folder} --parallel 1 --target bits_programs) # other tests run beside it

if(LEVEL MATCHES "^-Ofast")
  foreach(way "${last}" "-DCMAKE_C_FLAGS=${LEVEL}")
    configure(${way})
    run(out "1;2" ${build})
    require(out_stderr MATCHES "must not be compiled with fast-math" OR out MATCHES "must not be compiled with fast-math"
            MESSAGE "the build failed, but not for ${LEVEL}:\n${out}\n${out_stderr}")
  endforeach()
else()
  configure(${last})
  run(ignored 0 ${build})
  file(GLOB programs ${folder}/bin/test_bits*)
  require(programs MATCHES "test_bits" MESSAGE "nothing was built in ${folder}")
  foreach(program IN LISTS programs)
    run(text 0 ${emulator} ${program})
    get_filename_component(name ${program} NAME)
    string(STRIP "${text}" text)
    message("${COMPILER} ${TRIPLET} ${LEVEL}, ${name}: ${text}")
  endforeach()
endif()
file(REMOVE_RECURSE ${folder})
