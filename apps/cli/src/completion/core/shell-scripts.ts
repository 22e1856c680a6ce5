const BASH = `# bash completion of reloadctl: source <(reloadctl completion bash)
_reloadctl() {
  local IFS=$'\\n'
  COMPREPLY=($(reloadctl __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _reloadctl reloadctl
`;

const ZSH = `#compdef reloadctl
# zsh completion of reloadctl: source <(reloadctl completion zsh)
_reloadctl() {
  local -a found
  found=("\${(@f)$(reloadctl __complete -- "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _reloadctl reloadctl
`;

const FISH = `# fish completion of reloadctl: reloadctl completion fish | source
function __reloadctl_candidates
  set -l words (commandline -opc) (commandline -ct)
  reloadctl __complete -- $words[2..-1] 2>/dev/null
end
complete -c reloadctl -a '(__reloadctl_candidates)'
`;

/** By the name of the shell. Each asks the program itself, so that it never knows less than that. */
export const SHELL_SCRIPTS: Readonly<Record<string, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
