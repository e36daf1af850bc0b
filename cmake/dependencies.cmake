# SPDX-License-Identifier: Apache-2.0
# Imported targets for the libraries that Debian ships without a usable CMake package.
find_package(PkgConfig REQUIRED)

function(oct_import target)
  cmake_parse_arguments(arg "" "HEADER;LIBRARY" "" ${ARGN})
  string(REGEX REPLACE "::.*" "" name ${target})
  find_path(${name}_INCLUDE_DIR ${arg_HEADER} REQUIRED)
  find_library(${name}_LIBRARY ${arg_LIBRARY} REQUIRED)
  add_library(${target} UNKNOWN IMPORTED)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION ${${name}_LIBRARY}
                        INTERFACE_INCLUDE_DIRECTORIES ${${name}_INCLUDE_DIR})
endfunction()

find_package(Threads REQUIRED)
oct_import(spng::spng HEADER spng.h LIBRARY spng)
oct_import(jpeg::jpeg HEADER jpeglib.h LIBRARY jpeg)
oct_import(cjson::cjson HEADER cjson/cJSON.h LIBRARY cjson)
oct_import(yaml::yaml HEADER yaml.h LIBRARY yaml)
oct_import(protobufc::protobufc HEADER protobuf-c/protobuf-c.h LIBRARY protobuf-c)
add_library(xxhash::xxhash INTERFACE IMPORTED) # its header alone: the code is compiled in
find_path(xxhash_INCLUDE_DIR xxhash.h REQUIRED)
set_target_properties(xxhash::xxhash PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${xxhash_INCLUDE_DIR})
find_program(PROTOC_C NAMES protoc-gen-c REQUIRED)
find_program(PROTOC NAMES protoc REQUIRED)

# oct_protobuf(target file.proto): generate and compile it into the target; include as "file.pb-c.h"
function(oct_protobuf target proto)
  get_filename_component(stem ${proto} NAME_WE)
  get_filename_component(dir ${CMAKE_SOURCE_DIR}/${proto} DIRECTORY)
  set(out ${CMAKE_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${out})
  add_custom_command(OUTPUT ${out}/${stem}.pb-c.c ${out}/${stem}.pb-c.h
                     COMMAND ${PROTOC} --plugin=protoc-gen-c=${PROTOC_C} --c_out=${out} -I${dir} ${CMAKE_SOURCE_DIR}/${proto}
                     DEPENDS ${CMAKE_SOURCE_DIR}/${proto} VERBATIM)
  target_sources(${target} PRIVATE ${out}/${stem}.pb-c.c)
  set_source_files_properties(${out}/${stem}.pb-c.c PROPERTIES COMPILE_OPTIONS "-w")
  target_include_directories(${target} SYSTEM PUBLIC ${out})
  target_link_libraries(${target} PUBLIC protobufc::protobufc)
endfunction()
