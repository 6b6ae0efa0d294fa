"""Drivers: thin, one part per vendor library, and nothing here knows more than the hardware protocols.

A driver is addressed by name, for example `beadline.drivers.replay:microscope`, so that importing this
package loads none of them.
"""

__all__: list[str] = []
