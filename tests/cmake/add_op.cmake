# A new op is what CONTRIBUTING.md says, and nothing more: its example is added to a copy of the tree, in the three files that it names. The tests
# fail while the oracle has no row, and hold when it has.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
set(tree ${WORK}/add_op)
set(build ${tree}/build)

file(READ ${SOURCE}/CONTRIBUTING.md guide)
string(FIND "${guide}" "## To add an op" at)
require(at GREATER -1 MESSAGE "CONTRIBUTING.md no longer says how to add an op")
string(SUBSTRING "${guide}" ${at} -1 guide)

# snippets(<file> <variable>...): the blocks of code under the file's name, as many as there are variables.
function(snippets file)
  string(FIND "${guide}" "**`${file}`**" at)
  require(at GREATER -1 MESSAGE "CONTRIBUTING.md does not name ${file}")
  string(SUBSTRING "${guide}" ${at} -1 rest)
  foreach(variable IN LISTS ARGN)
    string(FIND "${rest}" "```c\n" from)
    require(from GREATER -1 MESSAGE "CONTRIBUTING.md has no code for ${file}")
    math(EXPR from "${from} + 5")
    string(SUBSTRING "${rest}" ${from} -1 rest)
    string(FIND "${rest}" "```" to)
    string(SUBSTRING "${rest}" 0 ${to} code)
    string(SUBSTRING "${rest}" ${to} -1 rest)
    string(SUBSTRING "${rest}" 3 -1 rest)
    string(REPLACE "\n   " "\n" code "\n${code}") # without the indentation of the guide's list
    string(SUBSTRING "${code}" 1 -1 code)
    set(${variable} "${code}" PARENT_SCOPE)
  endforeach()
endfunction()
snippets(include/ramp/ops.def row)
snippets(kernels/activations.h functions)
snippets(tests/reference.c definition reference)
string(REGEX MATCH "^RAMP_OP\\([0-9]+, [A-Z0-9_]+, ([a-z0-9_]+)," ignored "${row}")
set(op "${CMAKE_MATCH_1}")
require(op MATCHES "." MESSAGE "the first example is no row of ops.def: ${row}")

# insert(<file> <before what> <text>): at the end where there is nothing before which it goes.
function(insert file before text)
  file(READ ${tree}/${file} old)
  set(new "${old}${text}")
  if(before)
    string(REPLACE "${before}" "${text}${before}" new "${old}")
  endif()
  require(NOT old STREQUAL new MESSAGE "${file} has no '${before}' any more")
  file(WRITE ${tree}/${file} "${new}")
endfunction()

file(REMOVE_RECURSE ${tree})
foreach(part CMakeLists.txt cmake include kernels src tests docs check)
  file(COPY ${SOURCE}/${part} DESTINATION ${tree})
endforeach()
file(STRINGS ${tree}/include/ramp/ops.def rows REGEX "^RAMP_OP\\(")
string(REGEX MATCHALL "RAMP_OP" rows "${rows}")
list(LENGTH rows id)
math(EXPR id "${id} + 1")
string(REGEX REPLACE "^RAMP_OP\\([0-9]+" "RAMP_OP(${id}" row "${row}")
insert(include/ramp/ops.def "" "${row}")
insert(kernels/activations.h "" "\n${functions}")

# ---- Without its row in the oracle ----
set(make ${CMAKE_COMMAND} --build ${build} --parallel 1 --target) # other tests run beside it
run(ignored 0 ${CMAKE_COMMAND} -S ${tree} -B ${build} -G ${GENERATOR} -DCMAKE_C_COMPILER=${CC} -DRAMP_CUDA=OFF -DRAMP_OPENCL=OFF -DRAMP_PROGRAMS=OFF
    -DBUILD_SHARED_LIBS=OFF -DRAMP_WERROR=OFF -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1
    -DRAMP_CC_avx2=OFF -DRAMP_CC_avx512=OFF) # the plainest loops alone: they are the quickest to build
run(ignored 0 ${make} test_ops test_bits ops_table)
run(text 1 ${build}/bin/test_ops --backend cpu --op ${op})
require(text MATCHES "op ${op} has no row in tests/reference.c" MESSAGE "without a row in the oracle:\n${text}")

# ---- With it ----
insert(tests/reference.c "/* ---- The table ---- */" "${definition}\n")
insert(tests/reference.c "};\n/* clang-format on */" "    ${reference}")
run(ignored 0 ${make} test_ops ops_table)
run(text 0 ${build}/bin/test_ops --backend cpu --op ${op})
message("${text}")
run(text 1 ${build}/bin/test_bits --op ${op})
require(text MATCHES "${op} f32 forward has no line" MESSAGE "a list without the op:\n${text}")

# ---- What the targets write ----
run(ignored 0 ${make} bits docs)
run(text 0 ${build}/bin/test_bits --op ${op})
foreach(list tests/bits.txt docs/ops.md)
  file(STRINGS ${SOURCE}/${list} before)
  file(STRINGS ${tree}/${list} after)
  require(NOT before STREQUAL after MESSAGE "${list} does not have the op")
  foreach(line IN LISTS after)
    if(NOT line IN_LIST before AND list MATCHES "bits" AND NOT line MATCHES "^${op} ")
      message(FATAL_ERROR "FAILED: the new op changed another line of ${list}:\n${line}")
    endif()
  endforeach()
endforeach()
file(REMOVE_RECURSE ${tree})
