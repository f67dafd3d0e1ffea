# The installed package: the command, the libraries, the headers under include/ricci, and ricciConfig.cmake, so that
# find_package(ricci CONFIG) gives ricci::ricci. The same include, <ricci.h>, works with add_subdirectory.
include(CMakePackageConfigHelpers)

foreach(folder IN ITEMS ir passes runtime codegen)
    set_target_properties(ricci_${folder} PROPERTIES EXPORT_NAME ${folder})
endforeach()
set(ricci_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ricci)
configure_package_config_file(cmake/ricciConfig.cmake.in ${PROJECT_BINARY_DIR}/package/ricciConfig.cmake
                              INSTALL_DESTINATION ${ricci_package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/ricciConfigVersion.cmake COMPATIBILITY SameMinorVersion)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/include/ricci.h CONTENT [[
/// \file ricci.h
/// Everything a user of Ricci includes.
#pragma once

#include "frontend/ricci.h"
]])

install(TARGETS ricci_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ir passes runtime codegen frontend DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ricci
        FILES_MATCHING PATTERN *.h PATTERN cli EXCLUDE)
install(DIRECTORY bench/peers DESTINATION ${CMAKE_INSTALL_DATADIR}/ricci FILES_MATCHING PATTERN *.py)
install(FILES ${PROJECT_BINARY_DIR}/include/ricci.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ricci)
install(FILES ${PROJECT_BINARY_DIR}/package/ricciConfig.cmake ${PROJECT_BINARY_DIR}/package/ricciConfigVersion.cmake
        DESTINATION ${ricci_package_folder})
install(EXPORT ricci NAMESPACE ricci:: FILE ricciTargets.cmake DESTINATION ${ricci_package_folder})
