# The installed package: the command, the libraries, the headers of frontend/include, and ricciConfig.cmake, so that
# find_package(ricci CONFIG) gives ricci::ricci. The same include, <ricci.h>, works with add_subdirectory.
include(CMakePackageConfigHelpers)

foreach(folder IN ITEMS ir passes runtime codegen)
    set_target_properties(ricci_${folder} PROPERTIES EXPORT_NAME ${folder})
endforeach()
set(ricci_package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/ricci)
configure_package_config_file(cmake/ricciConfig.cmake.in ${PROJECT_BINARY_DIR}/package/ricciConfig.cmake
                              INSTALL_DESTINATION ${ricci_package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/ricciConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(TARGETS ricci_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY frontend/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.h)
install(DIRECTORY bench/peers DESTINATION ${CMAKE_INSTALL_DATADIR}/ricci FILES_MATCHING PATTERN *.py)
install(FILES ${PROJECT_BINARY_DIR}/package/ricciConfig.cmake ${PROJECT_BINARY_DIR}/package/ricciConfigVersion.cmake
        DESTINATION ${ricci_package_folder})
install(EXPORT ricci NAMESPACE ricci:: FILE ricciTargets.cmake DESTINATION ${ricci_package_folder})
