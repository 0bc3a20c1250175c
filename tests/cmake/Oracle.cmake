# ramp_oracle: the tests' oracle, for the tests and for the programs that verify. reference.c is compiled twice: on doubles and on quads.
include_guard(GLOBAL)
include(CheckCSourceCompiles)

set(oracle ${CMAKE_CURRENT_LIST_DIR}/..)
add_library(ramp_oracle_quad OBJECT ${oracle}/reference.c)
target_compile_definitions(ramp_oracle_quad PRIVATE REFERENCE_QUAD)
target_include_directories(ramp_oracle_quad PRIVATE ${PROJECT_SOURCE_DIR}/include)
ramp_flags(ramp_oracle_quad)

add_library(ramp_oracle STATIC ${oracle}/bits.c ${oracle}/fraction.c ${oracle}/oracle.c ${oracle}/oracle_double.c ${oracle}/oracle_quad.c
            ${oracle}/reference.c $<TARGET_OBJECTS:ramp_oracle_quad>)
target_include_directories(ramp_oracle PUBLIC ${oracle} ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(ramp_oracle PUBLIC m)
ramp_flags(ramp_oracle)

# The functions of quads: glibc's math library has them; elsewhere gcc's libquadmath does.
set(CMAKE_REQUIRED_LIBRARIES m)
check_c_source_compiles("#include <math.h>
#if defined(__x86_64__) && !(defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 26))
#error
#endif
int main(void) { return 0; }" RAMP_QUAD_IN_LIBM)
unset(CMAKE_REQUIRED_LIBRARIES)
if(NOT RAMP_QUAD_IN_LIBM)
  target_link_libraries(ramp_oracle PUBLIC quadmath)
endif()
