# ramp_embed(<target> <symbol> <file>): the file's bytes become part of the target, between <symbol> and <symbol>_end:
#   extern const unsigned char <symbol>[], <symbol>_end[];
# The assembler's .incbin does it: no generator program, no large C array to compile. The symbols stay inside the library.
function(ramp_embed target symbol file)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c")
  file(GENERATE OUTPUT "${source}" CONTENT
"__asm__(\".pushsection .rodata\\n\"
        \".balign 64\\n\"
        \".global ${symbol}\\n\"
        \".hidden ${symbol}\\n\"
        \"${symbol}:\\n\"
        \".incbin \\\"${file}\\\"\\n\"
        \".global ${symbol}_end\\n\"
        \".hidden ${symbol}_end\\n\"
        \"${symbol}_end:\\n\"
        \".byte 0\\n\"
        \".popsection\\n\");
typedef int ${symbol}_is_embedded;
")
  set_source_files_properties("${source}" PROPERTIES OBJECT_DEPENDS "${file}" GENERATED TRUE)
  target_sources(${target} PRIVATE "${source}")
endfunction()
