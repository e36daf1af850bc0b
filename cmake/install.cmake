# SPDX-License-Identifier: Apache-2.0
# make install: program, static and shared libraries, public headers, pkg-config, CMake package, man page, completion.
# Nothing installed names the prefix, so `cmake --install --prefix` and DESTDIR need no second configuration.
include(CMakePackageConfigHelpers)

add_library(octet::octet ALIAS octet_shared)
add_library(octet::rt ALIAS octet_rt_shared)
add_library(octet::image ALIAS octet_image_shared)
set_target_properties(octet_shared PROPERTIES EXPORT_NAME octet)
set_target_properties(octet_rt_shared PROPERTIES EXPORT_NAME rt)
set_target_properties(octet_image_shared PROPERTIES EXPORT_NAME image)
foreach(target octet_shared octet_rt_shared octet_image_shared)
  target_include_directories(${target} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                             $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>)
endforeach()
# only the shared libraries are exported to CMake: they need nothing but themselves to link; the archives are pkg-config's
install(TARGETS octet_shared octet_rt_shared octet_image_shared EXPORT octet LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS octet_core octet_rt octet_image ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT octet NAMESPACE octet:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octet FILE octet-targets.cmake)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/octet-config-version.cmake COMPATIBILITY SameMinorVersion)
file(WRITE ${CMAKE_BINARY_DIR}/octet-config.cmake "include(\${CMAKE_CURRENT_LIST_DIR}/octet-targets.cmake)\n")
install(FILES ${CMAKE_BINARY_DIR}/octet-config.cmake ${CMAKE_BINARY_DIR}/octet-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/octet)

# "../.." from lib/pkgconfig, one more from Debian's lib/x86_64-linux-gnu/pkgconfig
file(RELATIVE_PATH pkgconfig_to_prefix /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
string(REGEX REPLACE "/$" "" pkgconfig_to_prefix ${pkgconfig_to_prefix})
foreach(name octet octet_rt octet_image)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/${name}.pc.in ${CMAKE_BINARY_DIR}/${name}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/octet DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS octet RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_SOURCE_DIR}/docs/octet.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_SOURCE_DIR}/completions/octet.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME octet)
install(FILES ${CMAKE_SOURCE_DIR}/completions/_octet DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
