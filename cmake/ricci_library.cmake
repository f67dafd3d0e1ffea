# How every target here is made: the language level, the warnings, the precompiled headers, what is installed.
# Everything is set on targets; nothing reaches the global flags, and a consumer sees only the C++ level and the links.

# Parsing fmt and the containers again in each file costs a second. A compiler cache cannot see through a precompiled
# header, so a build with a launcher does without.
if(CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_DISABLE_PRECOMPILE_HEADERS ON)
endif()
set(ricci_common_headers <fmt/format.h> <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <set> <span>
    <string> <string_view> <unordered_map> <variant> <vector>)

# ricci_options(TARGET): C++23 without extensions, and the warnings.
function(ricci_options target)
    target_compile_features(${target} PUBLIC cxx_std_23)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow)
endfunction()

# ricci_library(NAME [LINK TARGET...] [EXCLUDE REGEX...] [PRECOMPILE HEADER...]): the static library of one top-level
# folder, made of every .cpp below it. Sources are found by GLOB with CONFIGURE_DEPENDS: a new file needs no edit here.
# Links are private; the link closure still reaches a program through the static libraries.
function(ricci_library name)
    cmake_parse_arguments(arg "" "" "LINK;EXCLUDE;PRECOMPILE" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
    foreach(pattern IN LISTS arg_EXCLUDE)
        list(FILTER sources EXCLUDE REGEX ${pattern})
    endforeach()
    if(NOT sources)  # a folder may be empty; a static library may not
        set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cpp)
        file(CONFIGURE OUTPUT ${sources} CONTENT "")
    endif()
    add_library(${name} STATIC ${sources})
    ricci_options(${name})
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/frontend/include>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                       PRIVATE ${PROJECT_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC fmt::fmt PRIVATE ${arg_LINK})
    if(name STREQUAL ricci_ir OR arg_PRECOMPILE)
        target_precompile_headers(${name} PRIVATE ${ricci_common_headers} ${arg_PRECOMPILE})
    else()
        target_precompile_headers(${name} REUSE_FROM ricci_ir)
    endif()
    install(TARGETS ${name} EXPORT ricci ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()
