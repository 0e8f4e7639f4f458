"""Which programs must be there: the rule has its own test, because it can hide others."""

from __future__ import annotations

import pytest

from tests.security import programs


@pytest.fixture
def bare_machine(monkeypatch):
    monkeypatch.setattr(programs, "_FOLDERS", ("no-such-folder",))
    return monkeypatch


def test_program_that_is_missing_skips_the_test(bare_machine):
    bare_machine.delenv("PROGRAMS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"nginx is not installed .*does not name it"):
        programs.find("nginx")


def test_program_that_is_missing_fails_the_test_if_it_is_named(bare_machine):
    bare_machine.setenv("PROGRAMS", "sorx, nginx")
    with pytest.raises(pytest.fail.Exception, match=r"nginx is not installed .*PROGRAMS names it"):
        programs.find("nginx")


def test_program_that_nobody_knows_may_not_be_named(monkeypatch):
    monkeypatch.setenv("PROGRAMS", "ngnix")
    with pytest.raises(pytest.fail.Exception, match="PROGRAMS names ngnix, not one of nginx"):
        programs.find("nginx")


def test_program_that_is_there_is_found(bare_machine, tmp_path):
    program = tmp_path / "nginx"
    program.touch(mode=0o755)
    bare_machine.setattr(programs, "_FOLDERS", (str(tmp_path),))
    if programs.find("nginx") != str(program):
        raise AssertionError(programs.find("nginx"))
