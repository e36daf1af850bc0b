# SPDX-License-Identifier: Apache-2.0
# Per-ISA flags go only to the files of that ISA's folder.
function(oct_simd_folders target folder)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    return()
  endif()
  foreach(isa avx2 avx512 avx512vnni)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${folder}/${isa}/*.c)
    if(sources)
      target_sources(${target} PRIVATE ${sources})
      set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS "${simd_flags_${isa}}")
    endif()
  endforeach()
endfunction()
