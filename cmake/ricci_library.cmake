# ricci_library(NAME [LINK ...]): the static library of one top-level folder, made of every .cpp below it.
# Sources are found by GLOB with CONFIGURE_DEPENDS, so that a new file needs no edit here.
function(ricci_library name)
    cmake_parse_arguments(arg "" "" "LINK;EXCLUDE" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    foreach(pattern IN LISTS arg_EXCLUDE)
        list(FILTER sources EXCLUDE REGEX ${pattern})
    endforeach()
    if(NOT sources)  # a folder may be empty; a static library may not
        set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
        file(CONFIGURE OUTPUT ${sources} CONTENT "")
    endif()
    add_library(${name} STATIC ${sources})
    target_compile_features(${name} PUBLIC cxx_std_23)
    set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    target_compile_options(${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
    target_link_libraries(${name} PUBLIC fmt::fmt ${arg_LINK})
endfunction()
