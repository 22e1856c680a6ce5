#!/usr/bin/env node
// The bundler drops the first line that makes a file a command.
import '../dist/apps/cli/main.js';
