# Installs the build into an empty folder, then configures, builds and runs a consumer of it there: the C++ example of
# the README, its first ```cpp block that includes <ricci.h>.
# Run as: cmake -D build=BUILD -D source=SOURCE -D mode=consumer|subdirectory [-D option=VALUE...] -P check.cmake
set(work ${build}/package/${mode})
set(consumer ${work}/consumer)
file(REMOVE_RECURSE ${work})
file(COPY ${source}/tests/package/CMakeLists.txt DESTINATION ${consumer})
file(READ ${source}/README.md readme)
string(FIND "${readme}" "```cpp\n#include <ricci.h>" begin)
if(begin EQUAL -1)
    message(FATAL_ERROR "the README has no C++ example that begins with #include <ricci.h>")
endif()
math(EXPR begin "${begin} + 7")
string(SUBSTRING "${readme}" ${begin} -1 example)
string(FIND "${example}" "```" end)
string(SUBSTRING "${example}" 0 ${end} example)
file(WRITE ${consumer}/main.cpp "${example}")

# run(COMMAND...): stops with the command's output when it fails.
function(run)
    execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${ARGV} failed (${status}):\n${output}")
    endif()
    message("${output}")
endfunction()

set(configure ${CMAKE_COMMAND} -G Ninja -S ${consumer} -B ${work}/build -D CMAKE_BUILD_TYPE=${build_type}
    -D CMAKE_CXX_COMPILER=${compiler} "-DCMAKE_CXX_FLAGS=${flags}")
if(mode STREQUAL subdirectory)  # configured only: building it would build all of Ricci once more
    run(${configure} -D RICCI_SOURCE=${source})
    return()
endif()
run(${CMAKE_COMMAND} --install ${build} --prefix ${work}/prefix)
run(${configure} -D CMAKE_PREFIX_PATH=${work}/prefix)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
run(${work}/prefix/bin/ricci --version)
