# make demo   the portal with demonstration data at http://127.0.0.1:8000 (PORT=… for another port)
# make test   every check and test; REQUIRE_ALL=1 makes a missing service or browser a failure
# make drill  kills, fills and breaks what a portal stands on, and prints what it took, in half an hour; PostgreSQL, Redis, root
# make bench  speed on a national data set, beside what could be reached; PostgreSQL, Redis (BENCH_SCALE=0.1: smaller)
# make words  every string of the portal into locale/django.pot, from which translations start

.PHONY: help demo test drill bench words

help:
	@sed -n 's/^# make/make/p' Makefile

demo:
	@bin/demo

test:
	@bin/setup --dev
	@. bin/environment && .venv/bin/python bin/test

drill:
	@bin/setup --dev
	@. bin/environment && REQUIRE_ALL=$${REQUIRE_ALL-1} .venv/bin/python bin/test drills

bench:
	@. bin/environment && .venv/bin/python -m tests.bench $(PARTS)

words:
	@.venv/bin/python manage.py makemessages --locale en --keep-pot --add-location file \
		--ignore .venv --ignore tests --ignore var
	@rm -r locale/en
