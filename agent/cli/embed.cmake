# The independent verifier and its page travel inside the tool, so that an extract always has them.
function(sekisho_embed name file output)
    file(READ ${file} bytes HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
    string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
    file(CONFIGURE OUTPUT ${output} CONTENT
        "/* made by embed.cmake */\n#include <stddef.h>\nextern const unsigned char ${name}[];\nextern const size_t ${name}_len;\nconst unsigned char ${name}[] = {\n${bytes}\n};\nconst size_t ${name}_len = sizeof ${name};\n"
        @ONLY)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()
