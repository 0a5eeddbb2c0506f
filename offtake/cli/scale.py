"""`offtake scale`: how many replicas a service has."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from offtake.cli.options import Json, whole


def scale(
    service: str,
    replicas: Annotated[int | None, Parameter(converter=whole)] = None,
    /,
    *,
    load: float | None = None,
    auto: bool = False,
    end: bool = False,
    region: str | None = None,
    url: str | None = None,
    as_json: Json = False,
) -> None:
    """Say how many replicas a service wants, what its users ask for, or that it ends.

    A load, in requests a second, wants as many as serve it with the service's headroom, at
    least its floor; what is no longer wanted is kept for its `keep_minutes`. A number stands
    whatever the load, until --auto. Preemptible jobs give way to replicas that lack room.

        offtake scale chat 3 --region america
        offtake scale chat --load 25 --region europe

    Args:
        service: Name of the service.
        replicas: Replicas that are wanted, whatever the load.
        load: Requests a second that users ask for now.
        auto: Leave the number to the load again.
        end: End the service: its replicas are stopped.
        region: The region that is meant, where there are several.
        url: Where the service is; else OFFTAKE_URL, else http://127.0.0.1:8180.
        as_json: Print the service as JSON, in the form offtake.service/1.
    """
    from offtake.cli import scaling

    asked = scaling.Asked(replicas=replicas, load=load, auto=auto, end=end)
    scaling.scale(service, asked, region, url, as_json=as_json)
