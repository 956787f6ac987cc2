-- Stages follow the champion scorecard: without one no lead would have a stage, with two each would have every stage twice.
select count(*) as count_champions
from {{ ref('scorecards') }}
where is_champion
having count(*) <> 1
