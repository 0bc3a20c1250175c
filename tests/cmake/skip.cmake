# A test that cannot tell anything here. REASON: why.
message("SKIPPED: ${REASON}")
