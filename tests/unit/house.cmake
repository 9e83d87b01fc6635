# The leaf helpers and the wire.
foreach(part buf str clock fdio tables log mounts)
    sekisho_unit_test(base-${part} SOURCES ${CMAKE_CURRENT_LIST_DIR}/base-${part}.c LINK sekisho_base)
endforeach()
sekisho_unit_test(wire SOURCES ${CMAKE_CURRENT_LIST_DIR}/wire.c LINK sekisho_wire)
sekisho_unit_test(server SOURCES ${CMAKE_CURRENT_LIST_DIR}/server.c LINK sekisho_serve)
