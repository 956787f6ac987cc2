{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- Activities, and those that silence will make of them: a session that may still go on, an inactivity that may not come.
select * from {{ ref('observed_activities') }}
union all
select * from {{ ref('session_activities') }}
union all
select * from {{ ref('inactivities') }}
