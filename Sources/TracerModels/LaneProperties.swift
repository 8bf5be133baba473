// The properties of lanes, in the order in which they run.

let laneProperties: [ModelProperty] =
  laneSwapProperties + laneQueueProperties + laneRequestProperties + laneWakeProperties
  + laneSlotProperties + laneSeatProperties + laneControllerProperties + laneHostileProperties
  + laneObserverProperties
  + laneCrashProperties
