import io
import re

import pytest
from rich.console import Console

from regluon.engine.pace import Pace, clock_text
from regluon.engine.progress import EpochProgress, losses_text
from regluon.engine.talk import Talk


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


def terminal(width=80):
    return Console(file=io.StringIO(), force_terminal=True, width=width, color_system=None, legacy_windows=False)


def pipe():
    return Console(file=io.StringIO(), force_terminal=False)


def said(talk):
    return talk.console.file.getvalue()


def run_epoch(progress, clock, batches=4, seconds=2.0, pictures=8):
    progress.start_epoch(batches)
    for _ in range(batches):
        clock.wait(seconds)
        progress.step(pictures, lambda: {"cls_loss": 1.0, "box_loss": 0.5})
    progress.end_training()


class TestPace:
    def test_first_step_of_a_stretch_does_not_count(self):
        clock = Clock()
        pace = Pace(1, clock)
        pace.start_epoch(10)
        clock.wait(60)
        pace.step(8)
        assert pace.pictures_per_second is None
        assert pace.seconds_left is None
        for _ in range(3):
            clock.wait(2)
            pace.step(8)
        assert pace.pictures_per_second == 4.0
        assert pace.seconds_left == 6 * 2

    def test_only_the_last_steps_count(self):
        clock = Clock()
        pace = Pace(1, clock)
        pace.start_epoch(200)
        for number in range(100):
            clock.wait(9 if number < 50 else 1)
            pace.step(1)
        assert pace.pictures_per_second == 1.0
        assert pace.seconds_left == 100

    def test_validation_counts_once_it_has_been_seen(self):
        clock = Clock()
        pace = Pace(3, clock)
        progress_of_epoch(pace, clock)
        assert pace.seconds_left == 2 * 4 * 1
        clock.wait(10)
        pace.start_epoch(4)
        # This epoch's and the next one's steps and validations.
        assert pace.seconds_left == 2 * (4 * 1 + 10)
        for _ in range(4):
            clock.wait(1)
            pace.step(8)
        pace.end_training()
        assert pace.seconds_left == 10 + 4 + 10
        clock.wait(3)
        assert pace.seconds_left == 7 + 4 + 10
        clock.wait(30)
        assert pace.seconds_left == 4 + 10

    def test_speed_is_still_known_while_the_next_epoch_begins(self):
        clock = Clock()
        pace = Pace(2, clock)
        progress_of_epoch(pace, clock)
        pace.start_epoch(4)
        assert pace.pictures_per_second == 8.0

    def test_a_clock_that_stands_still_divides_nothing(self):
        pace = Pace(1, lambda: 0.0)
        pace.start_epoch(4)
        pace.step(8)
        pace.step(8)
        assert pace.pictures_per_second is None
        assert pace.seconds_left is None


def progress_of_epoch(pace, clock):
    pace.start_epoch(4)
    for _ in range(4):
        clock.wait(1)
        pace.step(8)
    pace.end_training()


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3600, "1:00:00"), (90061, "25:01:01")]
)
def test_clock(seconds, text):
    assert clock_text(seconds) == text


def test_one_loss_is_not_broken_down():
    assert losses_text({"loss": 2.0}) == "loss 2.000"


class TestLines:
    def test_a_pipe_gets_a_plain_line_every_n_steps(self):
        clock, talk = Clock(), Talk(console=pipe())
        with EpochProgress(talk, 10, every=2, clock=clock) as progress:
            run_epoch(progress, clock, batches=5)
            progress.end_epoch("mAP50 0.5")
        assert said(talk).splitlines() == [
            "epoch  1/10, step 2/5: loss 1.500 (cls 1.000, box 0.500)  4.0 images/s  1:36 left",
            "epoch  1/10, step 4/5: loss 1.500 (cls 1.000, box 0.500)  4.0 images/s  1:32 left",
            "epoch  1/10: mAP50 0.5",
        ]

    def test_quiet_says_nothing_and_reads_no_loss(self):
        clock, talk = Clock(), Talk("quiet", console=pipe())
        with EpochProgress(talk, 1, every=1, clock=clock) as progress:
            progress.start_epoch(2)
            progress.step(8, lambda: pytest.fail("read"))
            progress.end_training()
            progress.end_epoch("done")
        assert said(talk) == ""

    def test_a_long_line_stays_one_line(self):
        talk = Talk(console=pipe())
        talk.say("x" * 300)
        assert said(talk) == "x" * 300 + "\n"


class TestBar:
    def frames(self, width):
        clock, talk = Clock(), Talk(console=terminal(width))
        with EpochProgress(talk, 3, clock=clock) as progress:
            run_epoch(progress, clock)
            progress.start_epoch(4)
            for _ in range(2):
                clock.wait(2)
                progress.step(8, lambda: {"cls_loss": 1.0, "box_loss": 0.5})
            talk.console.file.truncate(0)
            progress._live.refresh()
            return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", said(talk)).strip("\0\r\n ")

    def test_shows_epoch_speed_time_left_and_losses(self):
        frame = self.frames(90)
        assert re.fullmatch(
            r"epoch 2/3 [━╸╺]+ +4\.0 images/s  0:12 left  loss 1\.500 \(cls 1\.000, box 0\.500\)", frame
        )
        assert len(frame) <= 90

    def test_a_narrow_terminal_loses_the_single_losses_first(self):
        frame = self.frames(58)
        assert re.fullmatch(r"epoch 2/3 [━╸╺ ]{8} 4\.0 images/s  0:12 left  loss 1\.50.*…", frame)
        assert len(frame) <= 58

    def test_losses_are_read_a_few_times_per_second_only(self):
        clock, talk, reads = Clock(), Talk(console=terminal()), []

        def losses():
            reads.append(1)
            return {"loss": 1.0}

        with EpochProgress(talk, 1, clock=clock) as progress:
            progress.start_epoch(100)
            for _ in range(100):
                clock.wait(0.01)
                progress.step(1, losses)
        assert 4 <= len(reads) <= 6

    def test_lines_said_meanwhile_stay_and_the_bar_goes(self):
        clock, talk = Clock(), Talk(console=terminal())
        with EpochProgress(talk, 1, clock=clock) as progress:
            run_epoch(progress, clock)
            progress.end_epoch("mAP50 0.5")
        assert "epoch 1/1: mAP50 0.5\n" in said(talk)
        erased_line, shown_cursor = "\x1b[1A\x1b[2K", "\x1b[?25h"
        assert said(talk).endswith(erased_line)
        assert shown_cursor in said(talk)


class TestTalk:
    def test_levels(self):
        for level, shown in (("quiet", ["warn"]), ("normal", ["say", "warn"]), ("verbose", ["detail", "say", "warn"])):
            talk = Talk(level, console=pipe())
            talk.detail("detail")
            talk.say("say")
            talk.warn("warn")
            assert said(talk).splitlines() == shown

    def test_the_log_gets_everything_with_the_time(self, tmp_path):
        with Talk("quiet", console=pipe()) as talk:
            talk.say("before")
            talk.log_to(tmp_path / "train.log")
            talk.detail("detail")
            talk.say("[bold]not markup[/bold]")
        lines = (tmp_path / "train.log").read_text().splitlines()
        assert [line[20:] for line in lines] == ["detail", "[bold]not markup[/bold]"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ", lines[0][:20])

    def test_names_with_brackets_are_shown_as_they_are(self):
        talk = Talk(console=pipe())
        talk.say("a[red]b.png")
        assert said(talk) == "a[red]b.png\n"
