# What the scripts share. A script that gets to its end has passed.
cmake_minimum_required(VERSION 3.22)

# run(<variable> <expected exit codes> <command>...): stdout, then stderr, into <variable> and <variable>_stderr.
function(run variable expected)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE out ERROR_VARIABLE err RESULT_VARIABLE code)
  list(JOIN ARGN " " command)
  if(NOT code IN_LIST expected)
    message(FATAL_ERROR "FAILED: ${command}\nexited with ${code}, not ${expected}\n${out}\n${err}")
  endif()
  set(${variable} "${out}" PARENT_SCOPE)
  set(${variable}_stderr "${err}" PARENT_SCOPE)
endfunction()

# require(<condition that if() takes> ... MESSAGE <text>)
function(require)
  set(require_arguments ${ARGV})
  list(FIND require_arguments MESSAGE require_at)
  list(SUBLIST require_arguments 0 ${require_at} require_condition)
  list(SUBLIST require_arguments ${require_at} -1 require_text)
  if(NOT (${require_condition}))
    list(REMOVE_AT require_text 0)
    message(FATAL_ERROR "FAILED: ${require_condition}: ${require_text}")
  endif()
endfunction()

# json_type(<json> <expected type> <path>...): the member is there, and of this type ("NUMBER|NULL": of one of these).
function(json_type json expected)
  string(JSON type ERROR_VARIABLE error TYPE "${json}" ${ARGN})
  if(error OR NOT type MATCHES "^(${expected})$")
    message(FATAL_ERROR "FAILED: JSON member ${ARGN} is ${type} (${error}), not ${expected}:\n${json}")
  endif()
endfunction()
