# Promises that scripts keep. Each script is given the build folder, and runs by hand as well.
foreach(name includes headers charters words functions json-formats texts tables folders shell hardening
        install)
    sekisho_script_test(check ${name})
endforeach()
sekisho_script_test(check tidy TIMEOUT 1500 COST 300)
sekisho_script_test(check cppcheck TIMEOUT 600 COST 100)
