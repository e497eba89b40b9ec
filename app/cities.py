"""Where a coordinate is: the nearest of some well-known cities, without asking anybody on the net."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_EARTH_RADIUS_KM: Final = 6371.0
_IN_TOWN_KM: Final = 25.0


@dataclass(frozen=True, slots=True)
class City:
    """A city's name and its place in degrees."""

    name: str
    latitude: float
    longitude: float


CITIES: Final = (
    City("Amsterdam", 52.37, 4.90),
    City("Athens", 37.98, 23.73),
    City("Auckland", -36.85, 174.76),
    City("Bangkok", 13.76, 100.50),
    City("Barcelona", 41.39, 2.17),
    City("Beijing", 39.90, 116.41),
    City("Berlin", 52.52, 13.41),
    City("Bogotá", 4.71, -74.07),
    City("Buenos Aires", -34.60, -58.38),
    City("Cairo", 30.04, 31.24),
    City("Cape Town", -33.92, 18.42),
    City("Chicago", 41.88, -87.63),
    City("Copenhagen", 55.68, 12.57),
    City("Delhi", 28.61, 77.21),
    City("Dubai", 25.20, 55.27),
    City("Hamburg", 53.55, 9.99),
    City("Helsinki", 60.17, 24.94),
    City("Hong Kong", 22.32, 114.17),
    City("Istanbul", 41.01, 28.98),
    City("Jakarta", -6.21, 106.85),
    City("Kyiv", 50.45, 30.52),
    City("Lagos", 6.52, 3.38),
    City("Lima", -12.05, -77.04),
    City("Lisbon", 38.72, -9.14),
    City("London", 51.51, -0.13),
    City("Los Angeles", 34.05, -118.24),
    City("Madrid", 40.42, -3.70),
    City("Melbourne", -37.81, 144.96),
    City("Mexico City", 19.43, -99.13),
    City("Milan", 45.46, 9.19),
    City("Montreal", 45.50, -73.57),
    City("Moscow", 55.76, 37.62),
    City("Mumbai", 19.08, 72.88),
    City("Munich", 48.14, 11.58),
    City("Nairobi", -1.29, 36.82),
    City("New York", 40.71, -74.01),
    City("Oslo", 59.91, 10.75),
    City("Paris", 48.86, 2.35),
    City("Prague", 50.08, 14.44),
    City("Reykjavík", 64.15, -21.94),
    City("Rio de Janeiro", -22.91, -43.17),
    City("Rome", 41.90, 12.50),
    City("San Francisco", 37.77, -122.42),
    City("Santiago", -33.45, -70.67),
    City("São Paulo", -23.55, -46.63),
    City("Seattle", 47.61, -122.33),
    City("Seoul", 37.57, 126.98),
    City("Shanghai", 31.23, 121.47),
    City("Singapore", 1.35, 103.82),
    City("Stockholm", 59.33, 18.07),
    City("Sydney", -33.87, 151.21),
    City("Tokyo", 35.68, 139.69),
    City("Toronto", 43.65, -79.38),
    City("Vancouver", 49.28, -123.12),
    City("Vienna", 48.21, 16.37),
    City("Warsaw", 52.23, 21.01),
    City("Zurich", 47.38, 8.54),
)


def kilometres(latitude: float, longitude: float, city: City) -> float:
    """The way along the globe from a coordinate (degrees) to a city."""
    north, city_north = math.radians(latitude), math.radians(city.latitude)
    half_north = (city_north - north) / 2
    half_east = math.radians(city.longitude - longitude) / 2
    chord = math.sin(half_north) ** 2 + math.cos(north) * math.cos(city_north) * math.sin(half_east) ** 2
    return 2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def describe_place(latitude: float, longitude: float) -> str:
    """Name a coordinate (degrees) by the nearest city: `Lisbon`, or `80 km from Lisbon`."""
    city = min(CITIES, key=lambda each: kilometres(latitude, longitude, each))
    away = kilometres(latitude, longitude, city)
    return city.name if away <= _IN_TOWN_KM else f"{away:.0f} km from {city.name}"
