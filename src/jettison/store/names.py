"""Names for containers that were given none: two words, as docker does it."""

from __future__ import annotations

_MANNERS = (
    "agile amber ardent brave bright brisk calm candid clever crisp daring eager early fleet fond frank gentle glad "
    "golden happy humble jolly keen kind lively lucid lucky mellow merry nimble noble patient plain polar proud quick "
    "quiet rapid ready serene sharp silent silver sober steady stellar sunny swift tidy trusty vivid warm wise witty"
)
_THINGS = (
    "airlock antenna apogee aurora balloon beacon booster canopy capsule comet compass corona cosmos crater dome "
    "eclipse engine equinox fairing feather galaxy gimbal glider halo harbor horizon kite ladder lander lantern launch "
    "lever meteor module moon nebula nozzle orbit parachute payload perigee photon planet probe quasar rocket rover "
    "rudder sail satellite shuttle skylark solstice sparrow station thruster turbine vector voyage wing zenith"
)


def random_name() -> str:
    """A name such as ``brisk_lantern``; not unique by itself."""
    import secrets

    return f"{secrets.choice(_MANNERS.split())}_{secrets.choice(_THINGS.split())}"
