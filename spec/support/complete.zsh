# What zsh makes of a line when Tab is pressed: complete.zsh FOLDER LINE, with the functions of FOLDER.
# The inner shell has a terminal of its own; ^X shows the line that it has come to.

zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "PS1=; fpath=(${(q)1} \$fpath); autoload -Uz compinit; compinit -u -D
show() { print -r -- \"<<\$BUFFER>>\"; exit }; zle -N show; bindkey '^X' show
bindkey '^I' complete-word; print is-ready"
while zpty -r inner line; do
	[[ $line = *is-ready* && $line != *print* ]] && break
done
zpty -w -n inner "$2"$'\t\x18'
while zpty -r inner line; do
	[[ $line = *'<<'*'>>'* ]] && print -r -- "${${line##*<<}%%>>*}" && break
done
zpty -d inner
