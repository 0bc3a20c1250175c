# The OpenCL backend: built where CL/cl.h is found. libOpenCL is opened at run time and never linked.
if(NOT RAMP_OPENCL)
  set(RAMP_OPENCL_NOTE "no (switched off by RAMP_OPENCL)")
  return()
endif()

find_path(OpenCL_INCLUDE_DIR CL/cl.h DOC "The folder that holds CL/cl.h")
mark_as_advanced(OpenCL_INCLUDE_DIR)
if(NOT OpenCL_INCLUDE_DIR)
  set(RAMP_OPENCL_NOTE "no (CL/cl.h was not found: install opencl-headers)")
  return()
endif()

target_sources(ramp_objects PRIVATE
  src/opencl/arguments.c src/opencl/backend.c src/opencl/developer.c src/opencl/devices.c src/opencl/driver.c src/opencl/event.c src/opencl/forms.c src/opencl/host.c
  src/opencl/launch.c src/opencl/layout.c src/opencl/memory.c src/opencl/prepare.c src/opencl/program.c src/opencl/recipe.c src/opencl/roof.c src/opencl/rows.c src/opencl/source.c
  src/opencl/submit.c src/opencl/table.c src/opencl/watch.c)
target_compile_definitions(ramp_objects PRIVATE RAMP_HAVE_OPENCL=1)
target_include_directories(ramp_objects SYSTEM PRIVATE "${OpenCL_INCLUDE_DIR}")
foreach(name dialect emulation storage arithmetic functions activations rows smooth gelu layout)
  ramp_embed(ramp_objects ramp_cl_${name} "${CMAKE_CURRENT_SOURCE_DIR}/kernels/${name}.h")
endforeach()
ramp_embed(ramp_objects ramp_cl_table_h "${CMAKE_CURRENT_SOURCE_DIR}/kernels/table.h") # beside table.cl
foreach(name table apply elementwise strided tiled slopes local_table roof)
  ramp_embed(ramp_objects ramp_cl_${name} "${CMAKE_CURRENT_SOURCE_DIR}/kernels/${name}.cl")
endforeach()
set(RAMP_OPENCL_NOTE "yes")
