# The whole path, with every process running.
sekisho_script_test(system 500-whole-path SERIAL TIMEOUT 600)
