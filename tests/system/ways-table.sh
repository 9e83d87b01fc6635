# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2016
# The table of ways out: way NAME WHO EXPECTED COMMAND [why it can't be tried without a room].
# WHO: inside   the person, in the room
#      caller   the person, outside; `room COMMAND…` runs something in the room
#      outside  the person, outside, while $PID in the room holds the text open and in memory
#      stranger another person, likewise
# EXPECTED: prevented; recorded (it stays in the area and the ledger tells of it); open (named in
# ARCHITECTURE.md, shown by status).
# Commands see $S the protected file, $A its folder, $T a folder outside that everybody may write, $G the
# receiver's folder, $P its port, $W the folder of ways-copy and ways-peek, $STICK a mounted stick, $DISK a
# block device that the person may write, $TAG a word unique to the row. Without a room the same commands run
# on a file that nothing protects, and there each of them must get the text out.

# -- ordinary copying
way "cp" inside prevented 'cp "$S" "$T/x"'
way "cp --reflink" inside prevented 'cp --reflink=auto "$S" "$T/x"'
way "cp -a of the folder" inside prevented 'cp -a "$A" "$T/x"'
way "mv" inside prevented 'cp "$S" "$A/$TAG" && mv "$A/$TAG" "$T/x"'
way "ln" inside prevented 'cp "$S" "$A/$TAG" && ln "$A/$TAG" "$T/x"'
way "ln of an open file" inside prevented 'cp "$S" "$A/$TAG" && exec 3<"$A/$TAG" && ln -L /proc/self/fd/3 "$T/x"'
way "install" inside prevented 'install -m 644 "$S" "$T/x"'
way "rsync" inside prevented 'rsync "$S" "$T/x"'
way "dd" inside prevented 'dd if="$S" of="$T/x"'
way "tar" inside prevented 'tar -cf "$T/x.tar" -C "$A" "${S##*/}"'
way "tar with gzip" inside prevented 'tar -czf "$T/x.tgz" -C "$A" "${S##*/}"'
way "zip" inside prevented 'zip -q "$T/x.zip" "$S"'
way "7z" inside prevented '7z a -mx0 "$T/x.7z" "$S"'
way "cpio" inside prevented 'cd "$A" && echo "${S##*/}" | cpio -o >"$T/x"'
way "base64" inside prevented 'base64 -w0 "$S" >"$T/x"'
way ">" inside prevented 'cat "$S" >"$T/x"'
way ">>" inside prevented 'cat "$S" >>"$T/x"'
way "tee" inside prevented 'cat "$S" | tee "$T/x"'
way "git push" inside prevented 'git init -q --bare "$T/r" && git init -q "$A/$TAG" && cd "$A/$TAG" && cp "$S" f && git add f && git -c user.name=x -c user.email=x@y commit -qm "$(cat f)" && git push -q "$T/r" HEAD:main'
way "scp" inside prevented 'scp -q "$S" "$T/x"'
way "curl to a file" inside prevented 'curl -s "file://$S" -o "$T/x"'
way "a file name" inside prevented 'touch "$T/$(cat "$S")"'
way "the text of a symbolic link" inside prevented 'ln -s "$(cat "$S")" "$T/x"'
way "/tmp" inside prevented 'cp "$S" "/tmp/sekisho-way-$TAG"'
way "/var/tmp" inside prevented 'cp "$S" "/var/tmp/sekisho-way-$TAG"'
way "the home folder" inside prevented 'cp "$S" ~/"$TAG"'
way "the folder of the call" caller prevented 'cd "$T" && room sh -c "cat \"$S\" >./x; cp \"$S\" /proc/self/cwd/y"'
way "USB stick" inside prevented 'cp "$S" "$STICK/x" && sync "$STICK/x"'

# -- copies that stay in the area
same="it is the recording that is tried"
way "cp within the area" inside recorded 'cp "$S" "$A/$TAG"' "$same"
way "ln within the area" inside recorded 'ln "$S" "$A/$TAG"' "$same"
way "dd within the area" inside recorded 'dd if="$S" of="$A/$TAG"' "$same"
way "> within the area" inside recorded 'cat "$S" >"$A/$TAG"' "$same"
way "a copy that is renamed" inside recorded 'cp "$S" "$A/.x" && mv "$A/.x" "$A/$TAG"' "$same"
way "rsync within the area" inside recorded 'rsync "$S" "$A/$TAG"' "$same"
way "vim :w within the area" inside recorded 'vim -Nu NONE -es -c "set nofixeol" -c "w! $A/$TAG" -c "qa!" "$S"' "$same"
way "python within the area" inside recorded 'python3 -c "import shutil,sys; shutil.copyfile(*sys.argv[1:])" "$S" "$A/$TAG"' "$same"
way "a copy into the home folder" inside recorded 'cp "$S" ~/"$TAG"' "$same"

# -- programs
way "python: sendfile" inside prevented 'python3 -c "import os,sys; os.sendfile(os.open(sys.argv[2],65,0o644),os.open(sys.argv[1],0),0,999)" "$S" "$T/x"'
way "python: copy_file_range" inside prevented 'python3 -c "import os,sys; os.copy_file_range(os.open(sys.argv[1],0),os.open(sys.argv[2],65,0o644),999)" "$S" "$T/x"'
way "python: mmap" inside prevented 'python3 -c "
import mmap,os,sys
i=os.open(sys.argv[1],0); n=os.fstat(i).st_size
o=os.open(sys.argv[2],66,0o644); os.truncate(o,n)
mmap.mmap(o,n)[:]=mmap.mmap(i,n,prot=mmap.PROT_READ)[:]" "$S" "$T/x"'
way "python: subprocess" inside prevented 'python3 -c "import subprocess,sys; subprocess.run([\"tee\",sys.argv[2]],input=open(sys.argv[1],\"rb\").read())" "$S" "$T/x"'
way "python: multiprocessing" inside prevented 'python3 -c "
import multiprocessing as m,sys
def f(q): open(sys.argv[2],\"w\").write(q.get())
q=m.Queue(); p=m.Process(target=f,args=(q,)); p.start(); q.put(open(sys.argv[1]).read()); p.join()" "$S" "$T/x"'
way "vim :w" inside prevented 'vim -Nu NONE -es -c "w! $T/x" -c "qa!" "$S"'
way "vim's swap file" inside prevented 'TERM=dumb timeout 10 vim -Nu NONE --not-a-term -c "set directory=$T" -c "e! $S" -c "normal ix" -c preserve -c "!cp $T/*.sw? $T/.*.sw? $T/x" -c "!cat $T/*.sw? $T/.*.sw? >$T/x" -c "qa!"'
way "LibreOffice convert" inside prevented 'timeout 20 soffice -env:UserInstallation="file://$HOME/office" --headless --convert-to odt --outdir "$T" "$S"'
way "LibreOffice macro" inside prevented 'd=$HOME/office/user/basic/Standard; mkdir -p "$d"
cat >"$d/Way.xba" <<X
<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Way" script:language="StarBasic">Sub Out
On Error Resume Next
FileCopy "$S", "$T/x"
End Sub</script:module>
X
cat >"$d/script.xlb" <<X
<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE library:library PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "library.dtd">
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard" library:readonly="false" library:passwordprotected="false"><library:element library:name="Way"/></library:library>
X
timeout 20 soffice -env:UserInstallation="file://$HOME/office" --headless "macro:///Standard.Way.Out"'
way "a program of the user" inside prevented 'cp "$W/ways-copy" "$A/$TAG" && "$A/$TAG" plain "$S" "$T/x"'
way "LD_PRELOAD" inside prevented 'cp "$W/ways-preload.so" "$A/$TAG" && WAY="$T/x" LD_PRELOAD="$A/$TAG" cat "$S"'
way "a script" inside prevented 'printf "#!/bin/sh\ncp \"%s\" \"%s\"\n" "$S" "$T/x" >"$A/$TAG" && chmod 755 "$A/$TAG" && "$A/$TAG"'
way "a set-user-id program" inside prevented '"$W/ways-root" plain "$S" "$T/x"'

# -- system calls
way "O_TMPFILE and linkat" inside prevented '"$W/ways-copy" tmpfile "$S" "$T/x"'
way "io_uring" inside prevented '"$W/ways-copy" io_uring "$S" "$T/x"'
way "splice" inside prevented '"$W/ways-copy" splice "$S" "$T/x"'
way "openat2" inside prevented '"$W/ways-copy" openat2 "$S" "$T/x"'
way "a 32-bit program" inside prevented '"$W/ways-32" "$S" "$T/x"' "${no_32-}"
way "/proc/self/fd" inside prevented 'exec 3<"$S"; cat /proc/self/fd/3 >/proc/self/cwd/"$T/x" || cat /proc/self/fd/3 >"$T/x"'
way "/proc/PID/root of others" inside prevented 'for p in /proc/[0-9]*; do cp "$S" "$p/root$T/x.${p##*/}"; done; true'
way "double fork and setsid" inside prevented '(setsid -f sh -c "sleep 1; cp \"$S\" \"$T/x\"" </dev/null >/dev/null 2>&1 &); sleep 1.5'
way "a user namespace with a bind mount" inside prevented 'unshare -Urm sh -c "mount --bind \"$T\" /mnt && cp \"$S\" /mnt/x"'
way "a user namespace with an overlay" inside prevented 'mkdir "$T/u" "$T/w" && unshare -Urm sh -c "mount -t overlay -o lowerdir=\"$A\",upperdir=\"$T/u\",workdir=\"$T/w\" o /mnt && echo >>\"/mnt/${S##*/}\""'
way "a symbolic link in the area" inside prevented 'ln -s "$T/x" "$A/$TAG" && cat "$S" >"$A/$TAG"'
way "a core file" inside prevented 'cd "$T" && "$W/ways-peek" crash "$S"; true' "${no_core-}"
way "a core file for the system's collector" inside prevented 'cd "$A" && "$W/ways-peek" crash "$S"; sleep 0.3; true'
way "a core file for a collector's socket" inside prevented 'cd "$A" && "$W/ways-peek" crash "$S"; sleep 0.3; true' "${no_core_socket-}"

# -- descriptors of the call
way "the standard output of the call" caller prevented 'room cat "$S" >"$T/x"'
way "the standard error of the call" caller prevented 'room sh -c "cat \"$S\" >&2" 2>"$T/x"'
way "the standard input of the call" caller prevented 'room sh -c "cat \"$S\" >&0" <>"$T/x"'
way "a pipe to the call" caller prevented 'room cat "$S" | cat >"$T/x"'
way "inherited descriptors" caller prevented 'exec 5>"$T/5" 9>"$T/9"; room bash -c "cat \"$S\" >&5; cat \"$S\" >&9; for d in /proc/self/fd/*; do timeout 1 cat \"$S\" >\$d; done"; true'
way "the exit status of the call" caller prevented 'for i in $(seq 24); do room bash -c "c=\$(cut -c$i \"$S\"); exit \$(printf %d \"'"'"'\$c\")"; printf "\\x$(printf %x $?)" >>"$T/x"; done'
way "script, outside" caller prevented 'export -f room 2>/dev/null; script -qec "$ROOM cat $S" "$T/x"'
way "script, inside" inside prevented 'script -qec "cat \"$S\"" "$T/x"'
way "the terminal of the call" caller prevented 'script -qec "$ROOM sh -c \"cat $S >/dev/tty\"" "$T/x"'

# -- other processes' ears
way "FIFO" inside prevented '[ -p "$G/fifo" ] && timeout 2 cp "$S" "$G/fifo" || timeout 2 sh -c "cat \"$S\" >\"$G/fifo\""'
way "UNIX socket" inside prevented 'nc -UN "$G/socket" <"$S"'
way "UNIX socket, abstract" inside prevented 'python3 -c "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(chr(0)+\"sekisho-\"+sys.argv[2]); s.send(open(sys.argv[1],\"rb\").read())" "$S" "$P"'
way "a FIFO in a folder of the system" caller prevented 'mkfifo -m 666 "$O/f"; timeout 5 cat "$O/f" >"$T/x" & room sh -c "timeout 2 cp \"$S\" \"$O/f\"; timeout 2 dd status=none if=\"$S\" of=\"$O/f\""; kill %1; wait; rm "$O/f"'
way "a socket in a folder of the system" caller prevented 'timeout 5 python3 -c "
import os,socket,sys
s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1],0o666); s.listen()
open(sys.argv[2],\"wb\").write(s.accept()[0].recv(9999))" "$O/s" "$T/x" & sleep 0.5; room nc -UN "$O/s" <"$S" || room sh -c "nc -UN \"$O/s\" <\"$S\""; kill %1; wait; rm "$O/s"'
way "UNIX datagrams" inside prevented 'python3 -c "import socket,sys; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.sendto(open(sys.argv[1],\"rb\").read(),sys.argv[2])" "$S" "$G/datagram"'
way "SCM_RIGHTS" inside prevented '"$W/ways-copy" scm "$S" "$G/scm"'
way "SCM_RIGHTS, abstract" inside prevented '"$W/ways-copy" scm "$S" "@scm-$P"'
way "TCP to this machine" inside prevented 'timeout 3 bash -c "cat \"$S\" >/dev/tcp/127.0.0.1/$P"'
way "TCP to its address" inside prevented 'timeout 3 bash -c "cat \"$S\" >/dev/tcp/$ADDRESS/$P"'
way "TCP, IPv6" inside prevented 'timeout 3 bash -c "cat \"$S\" >/dev/tcp/::1/$P"' "${no_ipv6-}"
way "UDP" inside prevented 'bash -c "cat \"$S\" >/dev/udp/127.0.0.1/$P"; sleep 0.1'
way "nc" inside prevented 'timeout 3 nc -N 127.0.0.1 "$P" <"$S"'
way "curl" inside prevented 'curl -s -m 2 --data-binary @"$S" "http://127.0.0.1:$P/"; true'
way "lp to a printer server" inside prevented 'timeout 5 lp -h "127.0.0.1:$((P + 1))" -d way "$S"'
way "lp to the local socket" inside prevented 'CUPS_SERVER="$G/cups.sock" timeout 5 lp -d way "$S"'
way "IPP by hand" inside prevented 'curl -s -m 2 --data-binary @"$S" "http://127.0.0.1:$((P + 1))/printers/way"; true'
way "/dev/shm" inside prevented 'cp "$S" "/dev/shm/sekisho-way-$TAG"'
way "System V shared memory" caller prevented '"$W/ways-peek" shm 0x53$P >"$T/x" & sleep 0.3; room "$W/ways-copy" shm "$S" 0x53$P; wait'
way "System V message queue" caller prevented '"$W/ways-peek" message 0x53$P >"$T/x" & sleep 0.3; room "$W/ways-copy" message "$S" 0x53$P; wait'
way "POSIX message queue" inside prevented '"$W/ways-copy" queue "$S" "/ways-$P"; sleep 0.1'
way "D-Bus" inside prevented 'DBUS_SESSION_BUS_ADDRESS="unix:path=$G/bus" timeout 3 dbus-send --session --dest=org.freedesktop.DBus --type=method_call /x x.Y.Z string:"$(cat "$S")"; sleep 0.2'
way "FUSE" inside prevented 'cp "$S" "$FUSE/x"' "${no_fuse-}"
way "names in a file system of a user's, among the system's folders" inside prevented 'cat "$O/served/$(cat "$S")"' "${no_fuse-}"
way "a FUSE mount of one's own" inside prevented 'mkdir "$A/$TAG" && bindfs "$T" "$A/$TAG" && cp "$S" "$A/$TAG/x"; s=$?; fusermount3 -u "$A/$TAG"; exit $s' "no user may use /dev/fuse on every machine"
way "at" inside prevented 'echo "cp \"$S\" \"$T/x\"" | at now; sleep 1' "no atd runs here"
way "crontab" inside prevented 'echo "* * * * * cp \"$S\" \"$T/x\"" | crontab -' "no cron runs here, and it looks once a minute"
way "systemd-run --user" inside prevented 'systemd-run --user cp "$S" "$T/x"' "no systemd runs here"
way "a block device" inside prevented 'dd if="$S" of="$DISK" bs=512 conv=sync && cp "$DISK" "$T/x"'
way "a device node of one's own" inside prevented 'mknod "$A/$TAG" b 7 0 && cat "$S" >"$A/$TAG"' "nobody but root makes device nodes"
way "into an image" inside prevented '/usr/sbin/debugfs -w -R "write $S x" "$G/image" && cp "$G/image" "$T/x"'
way "loop mount" inside prevented 'mount -o loop "$G/image" /mnt && cp "$S" /mnt/x' "nobody but root mounts"

# -- what is planted for later
way "desktop entries and profiles" caller prevented 'room bash -c "mkdir -p ~/.config/autostart && echo \"cp $S $T/x\" >>~/.bash_profile && printf \"[Desktop Entry]\nType=Application\nName=x\nExec=cp $S $T/x\n\" >~/.config/autostart/x.desktop"
bash -lc true; [ ! -f ~/.config/autostart/x.desktop ] || sh -c "$(sed -n s/Exec=//p ~/.config/autostart/x.desktop)"; true'
way "a file in the agent's folders" inside prevented 'for d in "$T" /run/sekisho/* "$I"/run/* "$I"/lib/*; do cp "$S" "$d/x"; done; true'

way "a link in place of a folder of the room" caller prevented 'room sh -c "rm -rf ~/.tmp; ln -s \"$T\" ~/.tmp"; for r in $(sekisho room list --json 2>/dev/null | jq -r ".rooms[].room"); do sekisho room end "$r"; done; room sh -c "cp \"$S\" ~/.tmp/x; cp \"$S\" /var/tmp/sekisho-way-$TAG"; room sh -c "rm -f ~/.tmp; mkdir ~/.tmp"'

# -- from outside, into a room that works
way "the area's folder" outside prevented 'cat "$S" >"$T/x"'
way "/proc/PID/root" outside prevented 'cat "/proc/$PID/root$S2" >"$T/x"'
way "/proc/PID/cwd" outside prevented 'cat "/proc/$PID/cwd/${S##*/}" >"$T/x"'
way "/proc/PID/fd" outside prevented 'cat "/proc/$PID/fd/9" >"$T/x"'
way "/proc/PID/fd of a memfd" outside prevented 'for f in /proc/$PID/fd/*; do case $(readlink $f) in *memfd*) cat $f ;; esac; done >"$T/x"'
way "/proc/PID/environ" outside prevented 'cat "/proc/$PID/environ" >"$T/x"'
way "/proc/PID/map_files and maps" outside prevented 'cat /proc/$PID/maps /proc/$PID/mem >"$T/x"; "$W/ways-peek" mem "$PID" >"$T/x"'
way "ptrace" outside prevented '"$W/ways-peek" ptrace "$PID" >"$T/x"'
way "gdb" outside prevented 'cd "$T" && gdb -nx -batch -iex "set sysroot /" "$W/ways-peek" "$PID" -ex "x/s (char *)&held" >"$T/x" 2>&1' "${no_gdb-}"
way "process_vm_readv" outside prevented '"$W/ways-peek" vm "$PID" >"$T/x"'
way "pidfd_getfd" outside prevented '"$W/ways-peek" fd "$PID" >"$T/x"'
way "a core file by a signal from outside" outside prevented 'cd "$T" && prlimit --pid "$PID" --core=unlimited; kill -QUIT "$PID"; sleep 0.3; cp "$A/core"* "/proc/$PID/cwd/core"* "$T/"; ls "$T/"core*' "${no_core-}"
way "nsenter" outside prevented 'nsenter -t "$PID" -U -m --preserve-credentials cat "$S2" >"$T/x"'
way "the device of the area" outside prevented 'cat "$DISK_OF_AREA" >"$T/x"'
way "the image of the area" outside prevented 'cat "$IMAGE_OF_AREA" >"$T/x"'
way "another person's call" stranger prevented '$ROOM cat "$S" >"$T/x"; $ROOM cp "$S" "$T/y"' "it is the roster that is asked"
way "another person's look at /proc" stranger prevented 'cat "/proc/$PID/root$S2" "/proc/$PID/fd/9" "/proc/$PID/environ" >"$T/x"; "$W/ways-peek" mem "$PID" >>"$T/x"' "another person's files are closed to them anyway"

# -- what everybody may see of a process
way "arguments in ps" caller prevented 'room bash -c "exec -a \"\$(cat \"$S\")\" sleep 2" & while_it_lives "ps -eo args"; wait' "${no_ps-}"
way "names of processes" caller prevented 'room bash -c "for i in 1 2; do (printf \"w%d:%s\" \$i \"\$(fold -w 12 \"$S\" | sed -n \${i}p)\" >/proc/self/comm; exec 9>&-; while read -t 2 x; do :; done < <(sleep 2)) & done; wait" & while_it_lives "cat /proc/[0-9]*/comm"; grep "^w[0-9]:" "$T/x" | sort -u | cut -c4- | tr -d "\n" >"$T/y"; wait' "${no_ps-}"
way "names of processes, as the kernel tells them" caller prevented '"$W/ways-spy" hear-names "$T/ready" >"$T/x" & until [ -e "$T/ready" ]; do sleep 0.1; done; room "$W/ways-spy" tell-names "$S"; sleep 0.5; kill %1; wait' "${no_connector-}"
way "ranks of processes" caller prevented 'room "$W/ways-spy" tell-ranks "$S" & "$W/ways-spy" hear-ranks >"$T/x"; wait'
# a kernel that takes no programs of root's tells (status: reads-heard); Debian's does (tests/lab/910-rooms)
way "which of the system's files are opened" caller ${heard:-prevented} '"$W/ways-spy" hear-opens "$T/ready" >"$T/x" & until [ -e "$T/ready" ]; do sleep 0.1; done; room "$W/ways-spy" tell-opens "$S"; touch "$T/ready.over"; wait'
way "which of the system's folders are listed" caller ${heard:-prevented} '"$W/ways-spy" hear-lists "$T/ready" >"$T/x" & until [ -e "$T/ready" ]; do sleep 0.1; done; room "$W/ways-spy" tell-lists "$S"; touch "$T/ready.over"; wait'
way "locks on the system's files" caller ${heard:-prevented} '"$W/ways-spy" hear-locks "$T/ready" >"$T/x" & until [ -e "$T/ready" ]; do sleep 0.1; done; room "$W/ways-spy" tell-locks "$S"; touch "$T/ready.over"; wait'
way "which devices are opened" caller ${heard:-prevented} '"$W/ways-spy" hear-devices "$T/ready" >"$T/x" & until [ -e "$T/ready" ]; do sleep 0.1; done; room "$W/ways-spy" tell-devices "$S"; touch "$T/ready.over"; wait'
way "names of sockets" caller prevented 'room python3 -c "
import socket,sys,time
s=socket.socket(socket.AF_UNIX); s.bind(chr(0)+open(sys.argv[1]).read().strip()); time.sleep(2)" "$S" & while_it_lives "cat /proc/[0-9]*/net/unix | sort -u"; wait' "${no_ps-}"
way "ranges of locks" caller prevented 'room python3 -c "
import fcntl,sys,time
f=open(sys.argv[1]); t=f.read().strip().encode(); g=open(sys.argv[2],\"w\")
for i in range(0,len(t),6): fcntl.lockf(g,fcntl.LOCK_EX,1,int.from_bytes(t[i:i+6],\"big\")+(i<<48))
time.sleep(2)" "$S" "$A/$TAG" & sleep 0.7
python3 -c "
parts={}
for line in open(\"/proc/locks\"):
    w=line.split()
    if w[1]==\"POSIX\" and w[-2]==w[-1]: parts[int(w[-1])>>48]=(int(w[-1])&(1<<48)-1).to_bytes(6,\"big\").lstrip(b\"\0\")
print(b\"\".join(parts[k] for k in sorted(parts)).decode(\"latin1\"))" >"$T/x"; wait' "${no_locks-}"
way "names in the agent's answers" caller prevented 'room bash -c "cd \"$A\"; echo >\"\$(cat \"$S\")\"; cat \"\$(cat \"$S\")\""; sleep 0.5; (timeout 2 sekisho watch --json --since 1; sekisho room list --json; sekisho area list; sekisho status --json) >"$T/x" 2>&1; ls "$A" >>"$T/x"'
way "purposes of requests made inside" caller prevented 'room bash -c "\"$W/sekisho\" request \"$S\" --to stick --purpose \"\$(cat \"$S\")\" --kept x; \"$W/sekisho\" request \"$S\" --to stick --purpose 納品 --kept \"\$(cat \"$S\")\""; (sekisho requests --json; sekisho cases --json) >"$T/x" 2>&1' "there is no request without an area"
way "sizes of requests made inside" caller prevented 'room bash -c "cd \"$A\"; for n in \$(od -An -v -w1 -tu1 \"$S\"); do head -c \$((n + 1)) /dev/zero >asked; \"$W/sekisho\" request asked --to stick --purpose 納品 --kept x; done"; sekisho requests --json | jq -r ".requests[] | select(.bytes != null) | .bytes - 1" | python3 -c "import sys; print(bytes(int(l) for l in sys.stdin if 0<=int(l)<256).decode(\"latin1\"))" >"$T/x"' "there is no request without an area"
way "sizes of copies made inside" caller prevented 'room bash -c "cd \"$A\"; for n in \$(od -An -v -w1 -tu1 \"$S\"); do { head -c 32 /dev/urandom; head -c \$n /dev/zero; } >f\$((++i)); cp f\$i c\$i; done; sleep 2"; sekisho copies --json | jq -r ".copies[].content.bytes | select(. != null) - 32" | python3 -c "import sys; print(bytes(int(l) for l in sys.stdin if 0<=int(l)<256).decode(\"latin1\"))" >"$T/x"' "there are no records of copies without an area"

# -- the screen
way "the clipboard" caller prevented 'room sh -c "xclip -selection clipboard -i \"$S\"; xclip -selection primary -i \"$S\""; timeout 2 xclip -selection clipboard -o >"$T/x"; timeout 2 xclip -selection primary -o >>"$T/x"' "${no_x-}"
way "wl-copy" caller prevented 'room sh -c "timeout 2 wl-copy <\"$S\""; timeout 2 wl-paste >"$T/x"' "no Wayland compositor runs here"
way "a false X server" caller prevented 'DISPLAY=":$((P % 10000))" room python3 -c "
import glob,socket,sys
for p in glob.glob(\"/tmp/.X11-unix/*\"):
    try: s=socket.socket(socket.AF_UNIX); s.connect(p); s.send(open(sys.argv[1],\"rb\").read())
    except OSError: pass" "$S"; true'
way "a screenshot from outside" caller open 'room sh "$W/show" "$S" & while_it_lives "$W/look"; wait' "${no_x-}"
way "keys from outside, then a screenshot" caller open 'room timeout 100 xterm -geometry 80x24+0+0 & for i in $(seq 12); do sleep 3; kill -0 $! || break; xdotool mousemove 100 100 type --delay 20 "sh $W/show $S
"; sleep 4; "$W/look" >>"$T/x"; xdotool key ctrl+c; ! grep -aq SK "$T/x" || break; done; xdotool type "exit
"; wait' "${no_x-}"
