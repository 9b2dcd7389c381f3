"""A site such as people have it: one supervisord.conf with includes, for the test that takes it over. 60 programs: eleven
applications of four programs in a group each, from one template, and sixteen that are each of another kind. Everything
lies below one folder; no clocks and no chance in what the programs write. What ends by itself, or speaks later, waits for
the file data/open, which the test makes when all are RUNNING."""
import hashlib
import pathlib

LISTENERS = pathlib.Path(__file__).with_name("listeners.py")
APPLICATIONS = ("accounts", "basket", "billing", "catalog", "delivery", "images", "mail", "offers", "reviews", "search", "stock")
USER, PASSWORD = "ops", "open sesame"

MAIN = """
; the whole shop
[supervisord]
logfile = %(here)s/log/supervisord.log      ; the main log
logfile_maxbytes = 20MB
logfile_backups = 3
loglevel = info
pidfile = %(here)s/run/supervisord.pid
childlogdir = %(here)s/log/auto
identifier = compat
umask = 027
directory = %(here)s/data
minfds = 1024
environment = SITE="the shop",LOGS="%(here)s/log",
    LEVEL=site

[unix_http_server]
file = %(here)s/run/shop.sock
chmod = 0770
chown = root:adm
username = ops
password = {SHA}SHA1

[inet_http_server]
port = 127.0.0.1:PORT
username = ops
password = open sesame

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl = unix://%(here)s/run/shop.sock
username = ops
password = open sesame
prompt = shop
history_file = %(here)s/run/history

[include]
files = conf.d/*.conf apps/*/supervisor.ini
    retired/*.conf

[holdfast]
state_dir = %(here)s/state
"""

SERVE = """# Says who it is, then repeats each line; USR1 asks for a word, the reload of the real ones. Who catches USR1 has spoken.
echo "$SITE: $1 of $APP at level $LEVEL"
echo "errors of $1" >&2
trap 'echo reloaded' USR1
while :; do read line && echo "heard $line"; done
"""

APPLICATION = """
[group:NAME]
programs = NAME-web,NAME-worker,NAME-clock,NAME-console
priority = PRIORITY

[program:NAME-web]
command = /bin/sh %(here)s/../../bin/serve "web %(process_num)d"   ; behind the proxy
process_name = web-%(process_num)02d
numprocs = 2
numprocs_start = 1
priority = 20
startsecs = 0
user = nobody
environment = APP="%(group_name)s",LEVEL="%(program_name)s"
stdout_logfile = %(ENV_LOGS)s/NAME-web-%(process_num)d.log
stderr_logfile = %(ENV_LOGS)s/NAME-web-%(process_num)d.err

[program:NAME-worker]
command = /bin/sh %(here)s/../../bin/serve worker
process_name = worker
priority = 30
startsecs = 0
environment = APP=NAME
redirect_stderr = true
stdout_logfile = %(ENV_LOGS)s/NAME-worker.log

[program:NAME-clock]
command = /bin/sleep 10000
process_name = clock
priority = 10
startsecs = 0
stopsignal = INT

[program:NAME-console]
command = /bin/cat
process_name = console
autostart = false
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE
"""

SINGLE = r"""
[program:database]
command = /bin/sh %(here)s/../bin/serve database
environment = APP=none
priority = 1
startsecs = 0
stopsignal = INT
stopwaitsecs = 2
umask = 077
directory = /
stdout_logfile = %(ENV_LOGS)s/database.log
stderr_logfile = AUTO

[program:migrate]
command = /bin/sh -c "WAIT; echo migrated; exit 0"
autorestart = false
startsecs = 0
stdout_logfile = %(ENV_LOGS)s/migrate.log

[program:report]
command = /bin/sh -c "WAIT; exit 3"
exitcodes = 0,3
startsecs = 0

[program:broken]
command = /bin/sh -c "WAIT; exit 4"
autorestart = false
startsecs = 0

[program:crashing]
command = /bin/sh -c "echo no; exit 1"
startsecs = 60  ; however late its end is seen, it is too early
startretries = 1

[program:missing]
command = /opt/shop/none --serve
startretries = 0

[program:lively]
command = /bin/sh -c "test -e lively && exec sleep 10000; touch lively; WAIT; exit 0"
autorestart = true
startsecs = 0

[program:killed]
command = /bin/sh -c "WAIT; kill -KILL $$"
autorestart = false
startsecs = 0

[program:chatty]
command = /usr/bin/perl -e '$| = 1; $log = "$ENV{LOGS}/chatty.log"; sub nap { select undef, undef, undef, 0.02 } nap() until -e "open"; for (0 .. 2) { for $size (500, 1000, 1500, 0) { print "x" x 499, "\n"; nap() until (-s $log or 0) == $size } }'
autorestart = false
startsecs = 0
stdout_logfile = %(ENV_LOGS)s/chatty.log
stdout_logfile_maxbytes = 2000
stdout_logfile_backups = 2

[program:stubborn]
command = /bin/sh -c "trap '' TERM; echo deaf; while :; do sleep 0.1; done"
startsecs = 0
stopwaitsecs = 1
killasgroup = true
priority = 5
stdout_logfile = %(ENV_LOGS)s/stubborn.log

[program:family]
command = /bin/sh -c "sleep 9999 & wait"
startsecs = 0
stopasgroup = true

[program:teller]
command = /bin/sh -c 'WAIT; echo "<!--XSUPERVISOR:BEGIN-->the till is open<!--XSUPERVISOR:END-->and so is the door of the shop"; exec sleep 10000'
startsecs = 0
stdout_capture_maxbytes = 1KB
stdout_logfile = %(ENV_LOGS)s/teller.log

[program:manual]
command = /bin/cat
autostart = false
startsecs = 0
""".replace("WAIT", "until test -e open; do sleep 0.02; done")

FCGI = """
[fcgi-program:php]
command = /bin/sleep 10000
process_name = php-%(process_num)d
numprocs = 3
startsecs = 0
socket = unix://%(here)s/../run/php.sock
socket_owner = nobody:adm
socket_mode = 0660
"""

LISTENING = """
[eventlistener:recorder]
command = /usr/bin/python3 LISTENERS recorder %(here)s/../log/events
events = PROCESS_STATE,PROCESS_COMMUNICATION,REMOTE_COMMUNICATION,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE
buffer_size = 2000
startsecs = 0
stderr_logfile = %(ENV_LOGS)s/recorder.err

[eventlistener:crashmail]
command = /usr/bin/python3 LISTENERS crashmail %(here)s/../log/mails
events = PROCESS_STATE_EXITED
environment = SUPERVISOR_USERNAME=ops,SUPERVISOR_PASSWORD="open sesame"
buffer_size = 500
startsecs = 0
"""

NEWCOMER = """
[program:newcomer]
command = /bin/sh %(here)s/../bin/serve newcomer
environment = APP=new
startsecs = 0
stdout_logfile = %(ENV_LOGS)s/newcomer.log
"""


def files(port):
    """{path below the site's folder: text}: what lies there before a daemon starts."""
    made = {
        "supervisord.conf": MAIN.replace("SHA1", hashlib.sha1(PASSWORD.encode()).hexdigest()).replace("PORT", str(port)),
        "bin/serve": SERVE,
        "conf.d/10-listeners.conf": LISTENING.replace("LISTENERS", str(LISTENERS)),
        "conf.d/20-single.conf": SINGLE,
        "conf.d/30-php.conf": FCGI,
        "conf.d/40-unused.conf.off": "[program:unused]\ncommand = /bin/false\n",
    }
    for number, name in enumerate(APPLICATIONS):
        text = APPLICATION.replace("NAME", name).replace("PRIORITY", str(100 + number % 3))
        made[f"apps/{name}/supervisor.ini"] = text
    return made


def sections(made):
    """How many programs of any kind there are."""
    return sum(line.startswith(("[program:", "[fcgi-program:", "[eventlistener:"))
               for path, text in made.items() if not path.endswith(".off") for line in text.splitlines())
