#!/usr/bin/env bash
# APScheduler 3.9, Celery 5.2 and croniter 1.3 (Python): "0 0 * * 1" is Mondays in the last two and Tuesdays in the first; "0 0 13 * 5" is Saturdays that are a 13th, Fridays that are a 13th, and every Friday and every 13th.
#
# A line of a crontab is expected to mean what cron makes of it: 0 is Sunday, and where both a day of the month and one of the week are given either will do. APScheduler's from_crontab counts from Monday as 0, refuses 7 and wants both days
# to hold, Celery counts as cron does and wants both, croniter is like cron. A nightly training for working days, 1-5, runs from Tuesday to Saturday. Nothing is said. What to do: names of days (mon-fri), and one of the two fields only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends python3-apscheduler=3.9.1-2 python3-celery=5.2.6-5 python3-croniter=1.3.5-3 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'python3-apscheduler|python3-celery|python3-croniter' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq python3-apscheduler=3.9.1-2 python3-celery=5.2.6-5 python3-croniter=1.3.5-3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in python3-apscheduler python3-celery python3-croniter; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
export PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages LC_ALL=C
cat >try.py <<'PY'
import sys
from datetime import datetime, timedelta, timezone
from apscheduler.triggers.cron import CronTrigger
from celery.schedules import crontab
from croniter import croniter

start = datetime(2024, 9, 1, tzinfo=timezone.utc)

def by_apscheduler(line, now):
    return CronTrigger.from_crontab(line, timezone=timezone.utc).get_next_fire_time(None, now)

def by_celery(line, now):
    minute, hour, day, month, weekday = line.split()
    plan = crontab(minute=minute, hour=hour, day_of_month=day, month_of_year=month, day_of_week=weekday, nowfun=lambda: now)
    return now + plan.remaining_estimate(now)

def by_croniter(line, now):
    return croniter(line, now - timedelta(seconds=1)).get_next(datetime)

def days(ask, line):
    now, found = start, []
    for _ in range(3):
        then = ask(line, now)
        found.append(then.strftime("%a %d %b %Y"))
        now = then + timedelta(seconds=1)
    return found

found = {}
for line in "0 0 * * 1", "0 0 13 * 5", "0 0 * * mon":
    for ask in by_apscheduler, by_celery, by_croniter:
        found[line, ask] = days(ask, line)
        print(f"{line:12} {ask.__name__[3:]:12}", ", ".join(found[line, ask]))
ok = found["0 0 * * 1", by_apscheduler][0] == "Tue 03 Sep 2024" and found["0 0 * * 1", by_celery][0] == found["0 0 * * 1", by_croniter][0] == "Mon 02 Sep 2024"
ok = ok and found["0 0 13 * 5", by_apscheduler][0] == "Sat 13 Sep 2025" and found["0 0 13 * 5", by_celery][1] == "Fri 13 Dec 2024" and found["0 0 13 * 5", by_croniter][0] == "Fri 06 Sep 2024"
sys.exit(0 if ok and len({found["0 0 * * mon", ask][0] for ask in (by_apscheduler, by_celery, by_croniter)}) == 1 else "CHANGED")
PY
/usr/bin/python3 -W ignore try.py
