# The CPU backend's loops are vectors in an object that is built for wide ones: a flag or a formula that keeps the compiler from it costs up to 12 times the
# time, and no result tells.
cmake_minimum_required(VERSION 3.22)
include(${CMAKE_CURRENT_LIST_DIR}/run.cmake)
find_program(AWK awk)
if(NOT AWK OR NOT OBJDUMP)
  message("SKIPPED: it needs awk and objdump")
  return()
endif()
execute_process(COMMAND ${OBJDUMP} -d --no-show-raw-insn ${OBJECT} COMMAND ${AWK} -v register=${REGISTER} -v least=${LEAST} -f ${SOURCE}/tests/vector_loops.awk
                OUTPUT_VARIABLE scalar RESULTS_VARIABLE codes)
list(JOIN codes " and " codes)
require(codes STREQUAL "0 and 0" MESSAGE "objdump and awk exited with ${codes}")
string(LENGTH "${scalar}" length)
require(length EQUAL 0 MESSAGE "loops without vectors in ${OBJECT}:\n${scalar}")
