process.stderr.write('reloadctl: no command is implemented in this release; use the REST API of the hub (/docs)\n');
process.exitCode = 1;
