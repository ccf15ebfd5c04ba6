"""From the event log to the partners: plan, deliver, try again, give up in the open.

Planning and delivering are two transactions apart, so a crash between them repeats a delivery under
the same key and never loses one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alerts.events import NumberedEvent
from alerts.handover.cap import MessageType, Sent
from alerts.handover.dispatch import From, Told, message_for
from alerts.incident import Standing
from plumeline.out.compose import Writer
from plumeline.out.post import Post, SendFailed, Way
from store.outbox import Planned, SqlOutbox, Waiting
from store.reading import SqlReader

log = logging.getLogger(__name__)

BATCH = 500
TICK_S = 1.0
FIRST_RETRY_S = 2.0
LAST_RETRY_S = 300.0
"""Retries double from the first to the last and stay there."""
GIVE_UP_S = 7 * 86400.0
"""A partner may be away for a week before his messages are dead letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One partner: how to write to him, from when on, and the way there."""

    name: str
    since: From
    writer: Writer
    way: Way


Story = list[tuple[MessageType, Sent | None]]


class Outbox:
    """Works through the event log for every channel."""

    def __init__(
        self,
        outbox: SqlOutbox,
        reader: SqlReader,
        channels: Mapping[str, Channel],
        *,
        now_s: Callable[[], float],
    ) -> None:
        self._outbox = outbox
        self._reader = reader
        self._channels = dict(channels)
        self._now_s = now_s
        self._planned_n = {name: outbox.cursor(name) for name in self._channels}
        self._read_n = 0
        self._standing = Standing()

    def run(self, wake: threading.Event, stop: threading.Event) -> None:
        """Until told to stop: a partner who does not answer keeps nobody else waiting."""
        for channel in self._channels.values():
            channel.way.open()
        while not stop.is_set():
            self.work()
            wake.wait(TICK_S)
            wake.clear()
        self.close()

    def work(self) -> int:
        """Plan what is new and deliver what is due; how many messages arrived."""
        self.plan()
        return self.deliver()

    def plan(self) -> int:
        """Write the messages that the new events make; how many events were read."""
        read = 0
        while batch := self._reader.events_after(self._read_n, BATCH):
            planned: dict[str, list[Planned]] = {name: [] for name in self._channels}
            stories: dict[tuple[str, str], Story] = {}
            for numbered in batch:
                self._plan_one(numbered, planned, stories)
            self._read_n = batch[-1].n
            read += len(batch)
            for name, messages in planned.items():
                if self._read_n > self._planned_n[name]:
                    self._outbox.plan(name, messages, self._read_n, self._now_s())
                    self._planned_n[name] = self._read_n
        return read

    def deliver(self) -> int:
        """Try every message that is due; how many arrived.

        A partner who does not take one is left alone until the next time: his other messages would
        wait as long for nothing, and those of everybody else behind them.
        """
        arrived, deaf = 0, set[str]()
        while due := self._outbox.due(self._now_s(), without=deaf):
            for waiting in due:
                channel = waiting.planned.channel
                if channel in deaf:
                    continue
                if self._deliver_one(waiting):
                    arrived += 1
                else:
                    deaf.add(channel)
        return arrived

    def close(self) -> None:
        """Let go of every connection."""
        for channel in self._channels.values():
            channel.way.close()

    def _plan_one(
        self,
        numbered: NumberedEvent,
        planned: dict[str, list[Planned]],
        stories: dict[tuple[str, str], Story],
    ) -> None:
        incident_id = numbered.event.incident_id
        before = self._standing.incidents.get(incident_id)
        after = self._standing.take(numbered.event)
        for name, channel in self._channels.items():
            if numbered.n <= self._planned_n[name]:
                continue
            if (name, incident_id) not in stories:
                stories[name, incident_id] = self._outbox.story(name, incident_id)
            story = stories[name, incident_id]
            told = Told(open=bool(story) and story[-1][0] is not MessageType.CANCEL)
            message = message_for(before, after, numbered.event, channel.since, told)
            if message is None:
                continue
            taken = self._outbox.identifiers(numbered.t_logged_s) | self._taken(planned)
            made = channel.writer.write(after, numbered, message, story, taken)
            if made is not None:
                planned[name].append(made)
                story.append((made.message, made.sent))

    @staticmethod
    def _taken(planned: Mapping[str, Sequence[Planned]]) -> set[str]:
        """CAP identifiers of messages that are not in the outbox yet."""
        return {m.sent.identifier for messages in planned.values() for m in messages if m.sent}

    def _deliver_one(self, waiting: Waiting) -> bool:
        planned = waiting.planned
        channel = self._channels.get(planned.channel)
        if channel is None:
            self._postpone(waiting, f"no channel {planned.channel} is configured")
            return False
        try:
            channel.way.send(_post(planned))
        except SendFailed as exc:
            self._fail(waiting, exc)
            return False
        self._outbox.delivered(waiting, self._now_s())
        log.info("sent channel=%s key=%s", planned.channel, planned.key)
        return True

    def _fail(self, waiting: Waiting, exc: SendFailed) -> None:
        now_s, name = self._now_s(), waiting.planned.channel
        if exc.for_good or now_s - waiting.t_planned_s > GIVE_UP_S:
            log.error("given up channel=%s key=%s: %s", name, waiting.planned.key, exc.reason)
            self._outbox.give_up(waiting, now_s, exc.reason)
        else:
            self._postpone(waiting, exc.reason)

    def _postpone(self, waiting: Waiting, reason: str) -> None:
        wait_s = min(FIRST_RETRY_S * 2 ** min(waiting.attempts, 20), LAST_RETRY_S)
        log.warning("not sent channel=%s: %s", waiting.planned.channel, reason)
        self._outbox.postpone(waiting, self._now_s() + wait_s, reason)


def _post(planned: Planned) -> Post:
    return Post(
        channel=planned.channel,
        key=planned.key,
        incident_id=planned.incident_id,
        content_type=planned.content_type,
        subject=planned.subject,
        body=planned.body,
    )
